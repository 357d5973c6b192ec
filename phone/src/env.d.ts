declare const __VERSION__: string; // of the app; put in by the build
