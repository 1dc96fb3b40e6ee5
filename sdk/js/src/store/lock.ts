/**
 * One process a folder. Node has no flock(), so a file names the owner: its
 * process id, and on Linux the moment it started, since ids are used again.
 */
import fs from "node:fs";
import path from "node:path";

const started = (pid: number): string => {
	try {
		// proc(5): field 22, counted after the command, which may hold anything.
		return fs.readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /s, "").split(" ")[19];
	} catch {
		return "";
	}
};

const alive = (owner: string): boolean => {
	const [pid, start] = owner.split(" ");
	if (!(+pid > 0)) return false;
	try {
		process.kill(+pid, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code == "ESRCH") return false;
	}
	return started(+pid) == start;
};

/** What gives the folder back; undefined when another process has it. */
export const lockFolder = (folder: string): (() => void) | undefined => {
	const file = path.join(folder, "lock");
	const mine = path.join(folder, `lock.${process.pid}.${Math.random().toString(36).slice(2)}`);
	const text = `${process.pid} ${started(process.pid)}`;
	const take = () => {
		try {
			fs.linkSync(mine, file); // fails when it exists: the one who links owns it
			return true;
		} catch {
			return false;
		}
	};
	fs.writeFileSync(mine, text, { mode: 0o600 });
	try {
		let owned = take();
		if (!owned) {
			const owner = fs.readFileSync(file, "utf8");
			if (alive(owner)) return undefined;
			const old = mine + ".old";
			fs.renameSync(file, old);
			// Somebody was faster, and this is theirs: give it back.
			if (fs.readFileSync(old, "utf8") != owner) fs.linkSync(old, file);
			else owned = take();
			fs.unlinkSync(old);
		}
		return owned ? () => {
			try {
				fs.unlinkSync(file);
			} catch { /* gone with its folder */ }
		} : undefined;
	} finally {
		fs.unlinkSync(mine);
	}
};
