# What else one runs Tidemark with: images, a compose file, a Helm chart, a
# dashboard and alert rules. They are read, not built; t/style/deploy looks at
# them, and the Debian package tidemark-doc carries them as examples.
EXTRA_DIST += src/programs/deploy/Dockerfile src/programs/deploy/compose.yaml \
	src/programs/deploy/nginx.conf src/programs/deploy/secrets.sh src/programs/deploy/start \
	src/programs/deploy/helm/Chart.yaml src/programs/deploy/helm/values.yaml \
	src/programs/deploy/helm/values.schema.json \
	src/programs/deploy/helm/templates/NOTES.txt \
	src/programs/deploy/helm/templates/_helpers.tpl \
	src/programs/deploy/helm/templates/consumer.yaml \
	src/programs/deploy/helm/templates/front.yaml \
	src/programs/deploy/helm/templates/migrate.yaml \
	src/programs/deploy/monitoring/alerts.yml \
	src/programs/deploy/monitoring/grafana-dashboard.json
