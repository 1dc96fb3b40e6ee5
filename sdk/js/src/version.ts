/** Set by the build, from package.json. */
declare const SDK_VERSION: string;

export const VERSION = SDK_VERSION;
