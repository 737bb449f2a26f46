package settings_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

type inner struct {
	TTL      time.Duration  `key:"ttl" default:"90s" min:"1s" max:"1h" help:"a lifetime"`
	Networks []netip.Prefix `key:"networks"`
}

type outer struct {
	inner    `title:"Inner"`
	Name     string `key:"name" default:"x" sensitive:"true" commands:"serve check"`
	Count    int    `key:"count" min:"2" negative:"true"`
	On       bool   `key:"on"`
	Password string `key:"password" secret:"true"`
	Callback func()
}

func TestSettingsOfEmbeddedStructsAreIncluded(t *testing.T) {
	var o outer
	var keys []string
	for _, s := range settings.Of(&o) {
		keys = append(keys, s.Key)
		switch s.Key {
		case "ttl":
			if s.Title != "Inner" || s.Help != "a lifetime" {
				t.Errorf("%+v", s)
			}
		case "name":
			if s.Title != "" || !s.Sensitive || s.Secret || len(s.Commands) != 2 {
				t.Errorf("%+v", s)
			}
		}
	}
	if want := []string{"ttl", "networks", "name", "count", "on", "password"}; !reflect.DeepEqual(keys, want) {
		t.Errorf("got %v, want %v", keys, want)
	}
}

// The declarations of a type are read once. A caller can change what it gets.
func TestSettingsOfOneStructAreNotThoseOfAnother(t *testing.T) {
	var first, second outer
	for i, s := range settings.Of(&first) {
		if s.Key == "name" {
			s.Commands[0] = "changed"
			*s.Pointer.(*string) = "changed"
		}
		again := settings.Of(&second)[i]
		if again.Key != s.Key || again.Pointer == s.Pointer || s.Key == "name" && again.Commands[0] != "serve" {
			t.Errorf("got %+v", again)
		}
	}
	if first.Name != "changed" || second.Name != "" {
		t.Errorf("the names are %q and %q", first.Name, second.Name)
	}
}

func TestSetDefaultsKeepsValuesThatAreSet(t *testing.T) {
	o := outer{Name: "y"}
	settings.SetDefaults(&o)
	if o.Name != "y" || o.TTL != 90*time.Second || o.Count != 0 {
		t.Errorf("%+v", o)
	}
}

func TestParseAcceptsEachTypeAndRejectsEverythingElse(t *testing.T) {
	var o outer
	byKey := make(map[string]settings.Setting)
	for _, s := range settings.Of(&o) {
		byKey[s.Key] = s
	}
	for _, c := range []struct {
		key, text string
		want      any // nil means an error
	}{
		{"ttl", "15m", 15 * time.Minute},
		{"ttl", "2d", 48 * time.Hour},
		{"ttl", "soon", nil},
		{"ttl", "60", nil},
		{"name", "Shop", "Shop"},
		{"count", "7", 7},
		{"count", "many", nil},
		{"on", "YES", true},
		{"on", "off", false},
		{"on", "perhaps", nil},
		{"networks", "10.0.0.0/8, 192.0.2.1,::1", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("::1/128")}},
		{"networks", "10.0.0.0/99", nil},
	} {
		err := byKey[c.key].Parse(c.text)
		got := reflect.ValueOf(byKey[c.key].Pointer).Elem().Interface()
		if (err == nil) != (c.want != nil) || (err == nil && !reflect.DeepEqual(got, c.want)) {
			t.Errorf("%s %q: got %v, %v", c.key, c.text, got, err)
		}
	}
}

func TestFaultsAreValuesOutsideOfTheBounds(t *testing.T) {
	for want, o := range map[string]outer{
		"":                                     {inner: inner{TTL: time.Hour}, Count: -1},
		"TTL is 1h0m1s; it must be at most 1h": {inner: inner{TTL: time.Hour + time.Second}},
		"TTL is -1s; it must be at least 1s":   {inner: inner{TTL: -time.Second}},
		"Count is 1; it must be at least 2, or negative": {inner: inner{TTL: time.Hour}, Count: 1},
	} {
		faults := settings.Faults(&o)
		if got := fmt.Sprint(faults); got != "["+want+"]" {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSimilarNamesAreFound(t *testing.T) {
	known := []string{"issuer", "second_factor", "claim", "db", "serve", "--grant-type"}
	for name, want := range map[string]string{"isuer": "issuer", "second-factr": "second_factor", "calim": "claim", "Serv": "serve", "--gant-type": "--grant-type", "description": "", "xy": ""} {
		if got := settings.Similar(name, known); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
