// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The peers whose word is taken for a client's certificate (RFC 9440 §4): addresses and networks,
 * never names.
 */
final class TrustedProxies {
    private final List<IpSubnetFilterRule> networks;

    private TrustedProxies(List<IpSubnetFilterRule> networks) {
        this.networks = networks;
    }

    /**
     * Reads the setting: addresses and CIDR networks, with commas between.
     *
     * @throws IllegalArgumentException when one is neither
     */
    static TrustedProxies of(String text) {
        List<IpSubnetFilterRule> networks = new ArrayList<>();
        for (String entry : text.split(",", -1)) {
            if (!entry.isBlank()) {
                networks.add(network(entry.strip()));
            }
        }
        return new TrustedProxies(networks);
    }

    private static IpSubnetFilterRule network(String entry) {
        try {
            int slash = entry.indexOf('/');
            InetAddress address =
                    InetAddress.ofLiteral(slash < 0 ? entry : entry.substring(0, slash));
            int bits = address.getAddress().length * Byte.SIZE;
            int prefix = slash < 0 ? bits : Integer.parseInt(entry.substring(slash + 1));
            if (prefix < 0 || prefix > bits) {
                throw new IllegalArgumentException("the prefix has too many bits");
            }
            return new IpSubnetFilterRule(address, prefix, IpFilterRuleType.ACCEPT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "NARROWS_TRUSTED_PROXIES: `" + entry + "` is neither an address nor a network",
                    e);
        }
    }

    boolean include(InetSocketAddress peer) {
        return networks.stream().anyMatch(network -> network.matches(peer));
    }
}
