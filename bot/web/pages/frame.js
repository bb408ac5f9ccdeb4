// What every page within the frame does; each part by itself, and none of it needed to read.

import "./dialogs.js";
import "./facts.js";
import "./following.js";
import "./forms.js";
import "./keys.js";
import "./listing.js";
import "./times.js";
import "./toasts.js";
import "./wanting.js";
