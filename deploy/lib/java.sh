# SPDX-FileCopyrightText: The Narrows authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by the launchers: finds a JDK 25 and builds what is missing. Needs `repository`.

fail() {
    echo "${0##*/}: $*" >&2
    exit 2
}

# Whether this directory is the home of a JDK 25.
is_jdk_25() {
    [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && grep -qs '^JAVA_VERSION="25[".+-]' "$1/release"
}

# Sets java_home: JAVA_HOME, else what is on the PATH, else what lies in the usual directories.
find_jdk() {
    local candidate on_path
    on_path=$(command -v javac || command -v java || true)
    if [ -n "$on_path" ]; then
        while [ -L "$on_path" ]; do
            candidate=$(readlink "$on_path")
            case $candidate in
                /*) on_path=$candidate ;;
                *) on_path=$(dirname "$on_path")/$candidate ;;
            esac
        done
        on_path=$(cd "$(dirname "$on_path")/.." && pwd -P)
    fi
    for candidate in \
        "${JAVA_HOME:-}" \
        "$on_path" \
        /usr/lib/jvm/* \
        /usr/local/lib/jvm/* \
        /opt/java/* /opt/*jdk* /opt/*25* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        "${HOME:-}"/.sdkman/candidates/java/* \
        "${HOME:-}"/.jdks/* \
        "${HOME:-}"/.local/share/mise/installs/java/*; do
        if is_jdk_25 "$candidate"; then
            java_home=$candidate
            return
        fi
    done
    fail "needs a JDK 25, and found none by JAVA_HOME, on the PATH or in the usual directories"
}

# Builds a module and what it needs, unless nothing changed since it was last built.
#   build <module directory> <directories of its sources...>
build() {
    local module=$1 marker=$repository/$1/target/built built jar version said
    shift
    # Maven leaves a jar alone whose content is the same, so its time alone does not tell.
    built=$marker
    for jar in "$repository/$module"/target/*.jar; do
        [ "$jar" -nt "$built" ] && [ -d "$repository/$module/target/lib" ] && built=$jar
    done
    if [ -e "$built" ] && [ -z "$(cd "$repository" && find pom.xml "$@" \
        \( -name target -o -path '*/src/test' \) -prune -o \( -path '*/src/main/*' -o -name pom.xml \) \
        -newer "$built" -print | head -n 1)" ]; then
        return
    fi
    command -v mvn > /dev/null || fail "needs Maven 3.8 or newer to build, and found no \`mvn\` on the PATH"
    version=$(JAVA_HOME=$java_home mvn -version 2> /dev/null | sed -n 's/.*Apache Maven \([0-9][0-9.]*\).*/\1/p')
    case $version in
        '' | [0-2].* | 3.[0-7] | 3.[0-7].*)
            fail "needs Maven 3.8 or newer to build, and found ${version:-none that answers}"
            ;;
    esac
    echo "building $module (the first time Maven fetches what it needs) ..." >&2
    mkdir -p "$repository/$module/target"
    touch "$marker.begun"
    # The format and the tests are for `mvn verify`; this is for whoever wants to see it run.
    said=$(cd "$repository" \
        && JAVA_HOME=$java_home MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow" \
            mvn -q -Dmaven.test.skip=true -Dspotless.check.skip=true -pl "$module" -am package 2>&1) \
        || { printf '%s\n' "$said" >&2; fail "the build failed"; }
    mv "$marker.begun" "$marker"
}
