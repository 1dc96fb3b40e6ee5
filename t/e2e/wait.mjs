// wait.mjs - how the browser tests wait for what they caused.

// A click ends when its navigation has begun, and that of a form may begin later:
// this ends when the page that answers is there.
export async function answered(page, act) {
	await Promise.all([page.waitForNavigation(), act()]);
}

// Whether something comes true in time.
export async function soon(check, seconds = 10) {
	for (const end = Date.now() + 1000 * seconds; Date.now() < end; await new Promise((next) => setTimeout(next, 50)))
		if (await check()) return true;
	return false;
}
