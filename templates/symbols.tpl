{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Symbols</h1><p>What a build leaves behind turns the addresses and short names of its crashes back into functions and lines. The files are those of <b>{{PROJECT}}</b>, for all of its environments.</p></div>
{{>NOTE}}
<section class="section" aria-labelledby="s-missing"><h2 id="s-missing">Missing</h2>
{{#NOTHING}}<p class="second">No crash of this environment waits for a file.</p>{{/NOTHING}}
{{#MISSING}}<p class="second">Crashes of this environment that wait for a file. They get their names within a minute after it came.</p>
<table class="stack-narrow rows"><thead><tr><th scope="col">What</th><th scope="col">Build or release</th><th scope="col" class="n"><a class="what" href="/docs/definitions#crashes">Crashes</a></th><th scope="col">Last</th><th scope="col">How to send it</th></tr></thead><tbody>
{{#ROW}}<tr><td class="wide">{{KIND}}</td><td class="mono wide" data-label="For">{{FOR}}</td><td class="n" data-label="Crashes">{{CRASHES}}</td><td data-label="Last"><time datetime="{{ISO}}">{{LAST}}</time></td><td class="wide"><details class="lines"><summary>Show the lines<span class="vh"> for {{FOR}}</span></summary><div class="well well-wrap"><pre id="ctl-{{N}}" tabindex="0">{{COMMAND:p}}</pre><button type="button" class="copy" data-copy="ctl-{{N}}">Copy<span class="vh"> the command</span></button></div><div class="well well-wrap"><pre id="curl-{{N}}" tabindex="0">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl-{{N}}">Copy<span class="vh"> the curl line</span></button></div></details></td></tr>
{{/ROW}}</tbody></table>{{/MISSING}}</section>
<section class="section" aria-labelledby="s-files"><h2 id="s-files">Files</h2>
{{#NO_FILES}}<p class="second">No file was sent yet.</p>{{/NO_FILES}}
{{#FILES}}<table class="stack-narrow rows"><thead><tr><th scope="col">File</th><th scope="col">Kind</th><th scope="col">Build or release</th><th scope="col" class="n">Size</th><th scope="col">Sent</th><th scope="col">By</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono cut wide">{{NAME}}{{#APPLYING}} <span class="tag">being applied</span>{{/APPLYING}}</td><td data-label="Kind">{{KIND}} <span class="second">{{ARCH}}</span></td><td class="mono wide" data-label="For">{{FOR}}</td><td class="n" data-label="Size">{{SIZE}}</td><td data-label="Sent"><time datetime="{{ISO}}">{{AT}}</time></td><td class="cut" data-label="By">{{WHO}}</td><td class="row-acts">{{#DELETE}}<a href="{{URL}}">Delete<span class="vh"> {{NAME}}</span></a>{{/DELETE}}</td></tr>
{{/ROW}}</tbody></table>{{/FILES}}</section>
<section class="section" aria-labelledby="s-send"><h2 id="s-send">Send a file</h2>
<p>From where the app is built, with each release. <code>curl</code> needs an <a href="{{TOKENS_URL}}">access token</a> with the scope <code>projects:write</code>; platform, version and build are those the app sends.</p>
{{#SEND}}<h3>{{KIND}}</h3>
<div class="well well-wrap"><pre id="send-{{ID}}" tabindex="0">{{COMMAND:p}}</pre><button type="button" class="copy" data-copy="send-{{ID}}">Copy<span class="vh"> the command</span></button></div>
<div class="well well-wrap"><pre id="post-{{ID}}" tabindex="0">{{CURL:p}}</pre><button type="button" class="copy" data-copy="post-{{ID}}">Copy<span class="vh"> the curl line</span></button></div>
{{/SEND}}</section>
