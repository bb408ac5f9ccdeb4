// A sound when something new wants the reader, where this browser is to make one. Of all its tabs one makes it, of those that
// may: a browser lets a page sound only once somebody has pressed something there.

const ON = "recado-sound";
const HEARD = "recado-heard";
const RANG = "recado-rang";
const REST = 4000;
const PATIENCE = 500;
const NOTES = [[659, 0], [880, .14]];

const button = document.querySelector("[data-sound]");
let audio = null;
let latest = 0;

const read = (name) => Number(localStorage.getItem(name) ?? 0);
const isOn = () => read(ON) === 1;
const alone = (act) => (navigator.locks ? navigator.locks.request(ON, act) : act());

/** Show the button, and whether the browser lets this page sound. */
export function offer() {
  button.hidden = false;
  button.addEventListener("click", async () => {
    localStorage.setItem(ON, isOn() ? 0 : 1);
    localStorage.setItem(HEARD, latest);
    tell(isOn() && !(await wakes()));
    if (isOn()) play();
  });
  addEventListener("storage", ({ key }) => key === ON && tell(false));
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, pressed, { capture: true, passive: true });
  tell(false);
}

/** Sound, if what came last, in milliseconds of the server's, is newer than what any tab has heard of; once for several. */
export function ring(newest) {
  latest = Math.max(latest, newest);
  if (newest > read(HEARD)) return alone(() => sound(newest));
}

async function sound(newest) {
  const heard = read(HEARD);
  if (newest <= heard) return;
  // Whoever opens the first page is told by its figures.
  if (heard && isOn()) {
    const isLet = await wakes();
    tell(!isLet);
    // Another tab may be let.
    if (!isLet) return;
    if (Math.abs(Date.now() - read(RANG)) > REST) play();
  }
  localStorage.setItem(HEARD, newest);
}

// What was not let sound is late by now.
async function pressed() {
  if (!isOn() || button.dataset.sound !== "blocked") return;
  localStorage.setItem(HEARD, latest);
  tell(!(await wakes()));
}

async function wakes() {
  audio ??= new AudioContext();
  // Where it is not let, this waits until somebody presses something.
  await Promise.race([audio.resume(), new Promise((done) => { setTimeout(done, PATIENCE); })]);
  return audio.state === "running";
}

function play() {
  localStorage.setItem(RANG, Date.now());
  for (const [pitch, after] of NOTES) {
    const from = audio.currentTime + after;
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(.12, from + .015);
    volume.gain.exponentialRampToValueAtTime(.001, from + .4);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + .45);
  }
}

function tell(isBlocked) {
  const state = isOn() ? (isBlocked ? "blocked" : "on") : "off";
  button.dataset.sound = state;
  button.ariaPressed = String(isOn());
  button.title = button.dataset[state];
}
