{{%AUTOESCAPE context="HTML"}}
<form method="post" action="/theme" class="theme">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="next" value="{{NEXT}}">
<span class="vh" id="theme-label">Theme</span>
<button name="theme" value="system" aria-pressed="{{SYSTEM}}" title="As the device">Device</button>
<button name="theme" value="light" aria-pressed="{{LIGHT}}">Light</button>
<button name="theme" value="dark" aria-pressed="{{DARK}}">Dark</button>
</form>
