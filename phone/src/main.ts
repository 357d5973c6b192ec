import { createApp } from "vue";
import App from "./App.vue";
import { FIELD } from "./field";
import { memory_field } from "./memory_field";

createApp(App).provide(FIELD, memory_field()).mount("#app");
