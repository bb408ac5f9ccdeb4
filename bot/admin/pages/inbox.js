// The inbox.
import "./timeline.js";
