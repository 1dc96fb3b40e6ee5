{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Sessions</h1><p>Browsers that are signed in to your account. A session that you end is signed out with its next click.</p></div>
{{>NOTE}}
<table class="stack-narrow"><thead><tr><th scope="col">Browser</th><th scope="col">Network address</th><th scope="col">Signed in</th><th scope="col">Last seen</th><th scope="col"><span class="vh">Act</span></th></tr></thead><tbody>
{{#ROW}}<tr><td>{{DEVICE}}{{#THIS}} <span class="tag ok">this one</span>{{/THIS}}</td><td class="mono" data-label="Address">{{ADDRESS}}</td><td data-label="Signed in">{{MADE}}, {{METHOD}}</td><td data-label="Last seen">{{SEEN}}</td><td class="row-acts">{{#OTHER}}<form method="post" action="/account/sessions/end"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="session" value="{{ID}}"><button class="plain-button danger">End<span class="vh"> the session of {{DEVICE}}, {{ADDRESS}}</span></button></form>{{/OTHER}}</td></tr>
{{/ROW}}</tbody></table>
{{#OTHERS}}<form method="post" action="/account/sessions/end-others" class="section"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">End all other sessions</button></form>{{/OTHERS}}
