# SPDX-FileCopyrightText: The Narrows authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by deploy/benchmark/*. Needs `repository`.
. "$repository/deploy/lib/java.sh"
. "$repository/deploy/lib/standalone.sh"

# benchmark <which> <options...>
benchmark() {
    local which=$1 own=yes option
    shift
    for option in "$@"; do
        case $option in
            --url | --url=* | -h | --help) own=no ;;
        esac
    done
    find_jdk
    build deploy/benchmark events policy-projector deploy/benchmark
    if [ "$own" = yes ]; then
        start_standalone --no-demo
        set -- "$@" --url "http://127.0.0.1:$port" --admin-url "http://127.0.0.1:$admin_port" \
            --token-file "$NARROWS_DATA/admin-token"
    fi
    "$java_home/bin/java" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
        -Dlogback.configurationFile=narrows-cli-logback.xml -Dnarrows.repository="$repository" \
        -cp "$repository/deploy/benchmark/target/classes:$repository/deploy/benchmark/target/lib/*" \
        org.narrows.benchmark.Benchmark "$which" "$@"
}
