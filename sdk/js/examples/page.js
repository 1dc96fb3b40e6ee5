// page.js - calls that are made before the SDK is there wait for it.
window.tidemark ||= [];
document.querySelector("#plan").addEventListener("submit", (event) => {
	event.preventDefault();
	const plan = new FormData(event.target).get("plan");
	window.tidemark.push(["track", "signed_up", { plan }]);
});
