{{%AUTOESCAPE context="HTML"}}
<section class="section" aria-labelledby="s-factor"><h2 id="s-factor">Second factor</h2>
{{#ON}}<p><span class="tag ok">On</span> since {{SINCE}} UTC. {{LEFT}} of 10 recovery codes are left.</p><p><a class="button" href="/account/two-factor">Second factor and recovery codes</a></p>{{/ON}}{{#OFF}}<p><span class="tag">Off</span> A code from an app on your phone, asked for at sign-in, keeps others out even when they know the password.</p><p><a class="button" href="/account/two-factor">Set up two-factor sign-in</a></p>{{/OFF}}</section>
