package jose_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// members returns the members of a plain object, and whether it is plain.
func members(text string) (map[string]any, bool) {
	found := make(map[string]any)
	ok := jose.ReadPlain(text, func(name string, value jose.PlainValue) bool {
		switch {
		case value.IsText:
			found[name] = value.Text
		case value.IsNumber:
			found[name] = float64(value.Number)
		default:
			list := make([]any, len(value.List))
			for i, text := range value.List {
				list[i] = text
			}
			found[name] = list
		}
		return true
	})
	return found, ok
}

// TestPlainObjectsAreReadAsADecoderReadsThem, and all others are left to it.
func TestPlainObjectsAreReadAsADecoderReadsThem(t *testing.T) {
	for text, plain := range map[string]bool{
		`{"a":"b","c":7,"d":["e","f"],"":""}`: true, ` { "a" : [ "b" , "c" ] , "d" : 0 } `: true, `{"a":"1","a":"2"}`: true, `{"a":999999999999}`: true,
		`{}`: false, `{"a":[]}`: false, `{"a":1000000000000}`: false, `{"a":01}`: false, `{"a":-1}`: false, `{"a":1.5}`: false, `{"a":1e3}`: false, `{"a":true}`: false,
		`{"a":null}`: false, `{"a":{}}`: false, `{"a":[1]}`: false, `{"a":"\n"}`: false, `{"a":"é"}`: false, "{\"a\":\"\x7f\"}": false, "{\"a\":\n1}": false,
		``: false, `{`: false, `{"a"`: false, `{"a":`: false, `{"a":"`: false, `{"a":["b"`: false, `{"a":"b"`: false, `{"a":"b"}}`: false, `{"a":"b"}x`: false, `{"a":"b",}`: false,
		`{"a":"b" "c":"d"}`: false, `{"a" "b"}`: false, `[]`: false, `"a"`: false, `{a:"b"}`: false, `{"a":["b",]}`: false, `{"a":["b" "c"]}`: false, `{"a":}`: false,
	} {
		if got, ok := members(text); ok != plain {
			t.Errorf("%s: plain %v, got %v", text, ok, got)
		}
		same(t, text)
	}
	stops := 0
	if jose.ReadPlain(`{"a":"b","c":"d"}`, func(string, jose.PlainValue) bool { stops++; return false }) || stops != 1 {
		t.Errorf("the reader continues after %d members", stops)
	}
}

func same(t *testing.T, text string) {
	t.Helper()
	got, ok := members(text)
	var want map[string]any
	if err := json.Unmarshal([]byte(text), &want); ok && (err != nil || !reflect.DeepEqual(got, want)) {
		t.Errorf("%q: got %v, a decoder %v, %v", text, got, want, err)
	}
}

// FuzzReadPlain: a plain object is read as a decoder reads it.
func FuzzReadPlain(f *testing.F) {
	for i, value := range []string{`"b"`, `7`, `["a","b"]`, `null`, `"\u0041"`, `00`} {
		f.Add(fmt.Sprintf(`{"a%d": %s , "a": "x"}`, i, value))
	}
	f.Fuzz(func(t *testing.T, text string) { same(t, text) })
}
