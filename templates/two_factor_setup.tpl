{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="/account/security">Sign-in and security</a></p><h1>Two-factor sign-in</h1><p>Besides the password, or GitHub or Google, signing in asks for a code that an app on your phone shows.</p></div>
{{>NOTE}}
{{#START}}<section class="section" aria-labelledby="tf-scan"><h2 id="tf-scan">1. Scan this with an authenticator app</h2>
<div class="qr-row form"><svg class="qr" role="img" aria-label="QR code for the authenticator app; the same secret stands beside it as text" viewBox="0 0 {{SIZE}} {{SIZE}}" width="216" height="216" shape-rendering="crispEdges"><path fill="currentColor" d="{{PATH}}"/></svg>
<div><p>Or type this secret into the app (time-based, six digits).</p>
<div class="well well-wrap"><pre id="tf-secret">{{SECRET}}</pre><button type="button" class="copy" data-copy="tf-secret">Copy<span class="vh"> the secret</span></button></div>
<p class="small quiet">Nobody else should see it. It is stored encrypted and not shown again once the second factor is on.</p></div></div></section>
<section class="section" aria-labelledby="tf-code"><h2 id="tf-code">2. Type the code it shows</h2>
<form method="post" action="/account/two-factor/on" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="code">Six digits</label><input id="code" class="mono short" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="20" required aria-describedby="code-h{{#BAD}} code-e{{/BAD}}"{{#BAD}} aria-invalid="true" autofocus{{/BAD}}>{{#PROBLEM}}<p class="bad-field" id="code-e" role="alert">{{TEXT}}</p>{{/PROBLEM}}<p class="hint" id="code-h">Then you get ten recovery codes, and other browsers are signed out.</p></div>
<p class="button-row"><button class="button primary">Switch it on</button> <a class="button" href="/account/security">Not now</a></p></form></section>
{{/START}}{{#ON}}<section class="section" aria-labelledby="tf-on"><h2 id="tf-on">It is on</h2>
<dl class="pairs wide"><dt>Since</dt><dd>{{SINCE}} UTC</dd><dt>Recovery codes left</dt><dd{{#FEW}} class="warn"{{/FEW}}>{{LEFT}} of 10{{#FEW}}; make new ones soon{{/FEW}}</dd></dl></section>
<section class="section" aria-labelledby="tf-new"><h2 id="tf-new">New recovery codes</h2>
<p>Ten new codes are shown once. The old ones stop working at the same time.</p>
<form method="post" action="/account/two-factor/codes"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">Make new recovery codes</button></form></section>
<section class="section" aria-labelledby="tf-off"><h2 id="tf-off">Switch it off</h2>
<p>The entry in your app and the recovery codes ({{LEFT}} left) stop working. Teams that ask for a second factor will not open any more.</p>
<form method="post" action="/account/two-factor/off"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Switch off two-factor sign-in</button></form></section>
{{/ON}}
