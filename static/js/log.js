// The live log. The page is whole without this; the stream adds to it.
import "./log/steps.js";
import "./log/outline.js";
import "./log/chunks.js";
import "./log/anchors.js";
import "./log/follow.js";
import "./log/status.js";
import "./log/link.js";
import "./log/show.js";
