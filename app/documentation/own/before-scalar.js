// One of Scalar's libraries tries whether it may compile code. Here nothing may; told so, it need not try.
globalThis.__zod_globalConfig = { jitless: true };
