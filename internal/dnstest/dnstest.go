// Package dnstest answers DNS queries in tests.
package dnstest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
)

// Resolver returns a resolver that resolves every name to the given IPv4 addresses,
// one per query. After the last address it repeats that address.
func Resolver(addresses ...string) *net.Resolver {
	var mu sync.Mutex
	next := func() []byte {
		mu.Lock()
		defer mu.Unlock()
		address := netip.MustParseAddr(addresses[0])
		if len(addresses) > 1 {
			addresses = addresses[1:]
		}
		return address.AsSlice()
	}
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer func() { _ = server.Close() }()
			for answerQuery(server, next) == nil {
			}
		}()
		return client, nil
	}}
}

// answerQuery reads one DNS query over TCP (RFC 1035 §4.2.2) and answers it. If the
// query is not for an A record, the answer is empty.
func answerQuery(conn net.Conn, next func() []byte) error {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return err
	}
	query := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, query); err != nil {
		return err
	}
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	question := query[12 : end+5]
	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if query[end+2] == 1 { // A
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		answer = append(answer, next()...)
	}
	_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)) //nolint:gosec // the answer is short
	return err
}
