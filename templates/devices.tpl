{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Sessions</h1><p>Browsers that are signed in to your account. Ending one takes effect with its next click.</p></div>
{{>NOTE}}
<table class="stack-narrow"><thead><tr><th scope="col">Browser</th><th scope="col">Address</th><th scope="col">Signed in</th><th scope="col">Last seen</th><th scope="col"><span class="vh">Act</span></th></tr></thead><tbody>
{{#ROW}}<tr><td>{{DEVICE}}{{#THIS}} <span class="tag ok">this one</span>{{/THIS}}</td><td class="mono">{{ADDRESS}}</td><td>{{MADE}}, {{METHOD}}</td><td>{{SEEN}}</td><td class="n">{{#OTHER}}<form method="post" action="/account/sessions/end"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="session" value="{{ID}}"><button class="button">End<span class="vh"> the session of {{DEVICE}}, {{ADDRESS}}</span></button></form>{{/OTHER}}</td></tr>
{{/ROW}}</tbody></table>
{{#OTHERS}}<form method="post" action="/account/sessions/end-others" class="section"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">End all other sessions</button></form>{{/OTHERS}}
