#!/bin/sh
# secrets.sh DIR [HOST] - make the secrets that compose.yaml and the Helm chart
# read, each a file of DIR. What exists is kept. HOST: that of PostgreSQL.
set -eu
dir=${1:?usage: secrets.sh DIR [HOST]} host=${2:-postgres}
umask 077
mkdir -p "$dir"
random()
{
	od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'
}
put()
{
	[ -s "$dir/$1" ] || printf '%s\n' "$2" >"$dir/$1"
}
put master-key "$(random 32)"
for user in admin web ingest consumer ctl; do
	put "redis-$user" "$(random 24)"
done
for role in owner app consumer; do
	put "db-$role" "host=$host user=tidemark_$role password=$(random 24) dbname=tidemark"
done
# one group may read them: the containers' users are in it
if [ "$(id -u)" = 0 ]; then
	chgrp -R 971 "$dir"
	chmod 0750 "$dir"
	chmod 0640 "$dir"/*
fi
