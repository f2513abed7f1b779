// What every page does beyond its HTML. Each module stands for itself.
import "./page/times.js";
import "./page/theme.js";
import "./page/copy.js";
import "./page/keys.js";
import "./page/toasts.js";
import "./page/variables.js";
import "./page/again.js";
import "./page/tabs.js";
