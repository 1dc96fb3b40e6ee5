{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Quickstart: {{NAME}}</h1><p>{{ABOUT}}</p></div>
<nav class="guide-nav" aria-label="Quickstarts"><ul>{{#OTHER}}<li><a href="{{URL}}"{{#HERE}} aria-current="page"{{/HERE}}>{{NAME}}</a></li>
{{/OTHER}}</ul></nav>
{{#ANY_KEY}}<p class="hint">The code says <code>YOUR_WRITE_KEY</code>. Open this page from a project's <b>Send events</b>, and it has the key of the project in it.</p>{{/ANY_KEY}}
{{#OWN_KEY}}<p class="hint">The code below has the write key of <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>. A write key can only send; it is safe inside an app.</p>{{/OWN_KEY}}
{{#NO_KEY}}<p class="hint">The code says <code>YOUR_WRITE_KEY</code>: this environment has none that your role shows. See <a href="{{URL}}">Keys</a>.</p>{{/NO_KEY}}
{{#STEP}}<section class="section step-of" aria-labelledby="s-{{NUMBER}}"><h2 id="s-{{NUMBER}}">{{NUMBER}}. {{TITLE}}</h2><p class="prose">{{TEXT}}</p>
{{#CODE}}{{#WHERE}}<p class="hint">In {{NAME}}</p>{{/WHERE}}<div class="well"><pre id="c-{{NUMBER}}" tabindex="0">{{TEXT:p}}</pre><button type="button" class="copy" data-copy="c-{{NUMBER}}">Copy<span class="vh"> the code of step {{NUMBER}}</span></button></div>{{/CODE}}</section>
{{/STEP}}
{{#WATCH}}<p class="section"><a href="{{URL}}">Watch the first event arrive</a>: the page turns live by itself.</p>{{/WATCH}}
