{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Your data</h1><p>What this server holds about you as its user. The data of your apps’ users belongs to your teams.</p></div>
{{>NOTE}}
<section class="section" aria-labelledby="s-file"><h2 id="s-file">Download</h2>
<p>One JSON file: account, sessions, teams, tokens, linked accounts, picture, and every entry of the audit that names you. Passwords and other secrets are left out: this server does not know them.</p>
<form method="post" action="/account/data/file"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button primary">Download everything</button></form></section>
<section class="section" aria-labelledby="s-delete"><h2 id="s-delete">Delete the account</h2>
<p>The next page says what will be gone, and asks once more.</p>
<p><a class="button danger" href="/account/delete">Delete the account…</a></p></section>
