import "./floor";
import { createApp } from "vue";
import App from "./App.vue";
import { FIELD } from "./field";
import { phone_field } from "./phone_field";

const language = () => document.documentElement.lang || "zh-Hans";

createApp(App).provide(FIELD, phone_field(language)).mount("#app");
