package main

import (
	big "encoding/binary"
	"net/netip"
	"os"
	"slices"
	"testing"
)

// writePlaces writes a MaxMind DB file (version 2.0 of the format) with the records of
// IPv4 networks. A record is a value that encodePlace accepts.
func writePlaces(t *testing.T, path, kind string, records map[string]any) {
	t.Helper()
	type node [2]int // a node that follows, or -1 - (offset of a record), or 0
	nodes, data := []node{{}}, []byte{}
	for network, record := range records {
		prefix := netip.MustParsePrefix(network)
		at, bytes := 0, prefix.Addr().As4()
		for bit := range prefix.Bits() {
			side := bytes[bit/8] >> (7 - bit%8) & 1
			switch {
			case bit == prefix.Bits()-1:
				nodes[at][side] = -1 - len(data)
			case nodes[at][side] == 0:
				nodes = append(nodes, node{})
				nodes[at][side] = len(nodes) - 1
				fallthrough
			default:
				at = nodes[at][side]
			}
		}
		data = append(data, encodePlace(record)...)
	}
	var file []byte
	for _, n := range nodes {
		for _, next := range n {
			switch {
			case next == 0:
				next = len(nodes) // not found
			case next < 0:
				next = len(nodes) + 16 - 1 - next
			}
			file = append(file, byte(next>>16), byte(next>>8), byte(next)) //nolint:gosec // three bytes
		}
	}
	file = append(append(file, make([]byte, 16)...), data...)
	file = append(file, "\xab\xcd\xefMaxMind.com"...)
	file = append(file, encodePlace(map[string]any{
		"node_count": len(nodes), "record_size": 24, "ip_version": 4, "database_type": kind, "languages": []any{"en"},
		"binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1, "description": map[string]any{"en": kind},
	})...)
	if err := os.WriteFile(path+".new", file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// encodePlace encodes a map, a list, a number or a text that is shorter than 29
// bytes.
func encodePlace(value any) []byte {
	var encoded []byte
	switch v := value.(type) {
	case string:
		return append([]byte{2<<5 | byte(len(v))}, v...)
	case int:
		return big.BigEndian.AppendUint32([]byte{6<<5 | 4}, uint32(v)) //nolint:gosec // small
	case []any:
		encoded = []byte{byte(len(v)), 11 - 7}
		for _, item := range v {
			encoded = append(encoded, encodePlace(item)...)
		}
	case map[string]any:
		encoded = []byte{7<<5 | byte(len(v))}
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			encoded = append(append(encoded, encodePlace(key)...), encodePlace(v[key])...)
		}
	}
	return encoded
}

// placeNamed is a city, a region or a country in a record.
func placeNamed(name string) map[string]any {
	return map[string]any{"names": map[string]any{"de": "?", "en": name}}
}
