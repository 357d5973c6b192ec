import "./floor";
import "./styles/tokens.css";
import "./styles/base.css";
import "./look";
import { createApp } from "vue";
import App from "./App.vue";
import { FIELD } from "./field";
import { language, speak } from "./i18n";
import { phone_field } from "./phone_field";

const spoken = () => language.value;

speak(language.value);
createApp(App).provide(FIELD, phone_field(spoken)).mount("#app");

