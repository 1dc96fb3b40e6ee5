{{- define "tidemark.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "tidemark.labels" -}}
app.kubernetes.io/name: tidemark
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "tidemark.select" -}}
app.kubernetes.io/name: tidemark
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tidemark.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "tidemark.nginxImage" -}}
{{ .Values.image.nginxRepository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* Of each pod: no rights, no token, one group for the sockets. */ -}}
{{- define "tidemark.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 971
  runAsGroup: 971
  fsGroup: 971
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "tidemark.locked" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "tidemark.env" -}}
- name: TIDEMARK_PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
{{- range $key, $value := .Values.settings }}
- name: {{ $key }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "tidemark.mounts" -}}
- name: run
  mountPath: /run/tidemark
- name: state
  mountPath: /var/lib/tidemark
- name: secrets
  mountPath: /run/secrets
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "tidemark.volumes" -}}
- name: run
  emptyDir: { medium: Memory, sizeLimit: 16Mi }
- name: tmp
  emptyDir: {}
- name: secrets
  secret:
    secretName: {{ .Values.existingSecret }}
    defaultMode: 0440
- name: state
  {{- if .Values.state.existingClaim }}
  persistentVolumeClaim:
    claimName: {{ .Values.state.existingClaim }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end }}

{{- /* Redis as the socket that the programs know. */ -}}
{{- define "tidemark.redisLink" -}}
- name: redis-link
  image: {{ include "tidemark.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [redis-link]
  env:
    - name: TIDEMARK_REDIS_TCP
      value: {{ .Values.redis.address | quote }}
  securityContext:
    {{- include "tidemark.locked" . | nindent 4 }}
  resources:
    {{- toYaml .Values.redis.link.resources | nindent 4 }}
  volumeMounts:
    - name: run
      mountPath: /run/tidemark
    - name: tmp
      mountPath: /tmp
{{- end }}
