package main

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestPlaceIsTheCityOrTheRegionAndTheCountry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "places.mmdb")
	writePlaces(t, path, "GeoLite2-City", map[string]any{
		"203.0.113.0/24":  map[string]any{"city": placeNamed("Berlin"), "subdivisions": []any{placeNamed("Land Berlin")}, "country": placeNamed("Germany")},
		"198.51.100.0/25": map[string]any{"subdivisions": []any{placeNamed("Bavaria"), placeNamed("Munich")}, "country": placeNamed("Germany")},
		"198.51.101.0/32": map[string]any{"country": placeNamed("Germany")},
		"192.0.2.0/24":    map[string]any{"city": placeNamed("Singapore"), "country": placeNamed("Singapore")},
		"8.8.8.0/24":      map[string]any{"city": placeNamed("Somewhere")},
		"9.9.9.0/24":      map[string]any{"city": "not a map"},
	})
	places, err := newPlaces(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"203.0.113.7": "Berlin, Germany", "::ffff:203.0.113.7": "Berlin, Germany", "198.51.100.127": "Bavaria, Germany", "192.0.2.1": "Singapore",
		"8.8.8.8": "Somewhere", "9.9.9.9": "", "198.51.100.128": "", "198.51.101.0": "Germany", "7.7.7.7": "", "2001:db8::1": "",
	} {
		if got := places.place(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	if got := places.place(netip.Addr{}); got != "" {
		t.Errorf("no address: got %q", got)
	}
}

// Programs that update the file replace it while it is used, or write into it.
func TestPlacesFileCanChangeWhileItIsUsed(t *testing.T) {
	path, address := filepath.Join(t.TempDir(), "places.mmdb"), netip.MustParseAddr("203.0.113.7")
	write := func(country string) {
		writePlaces(t, path, "DBIP-Country-Lite", map[string]any{"203.0.113.0/24": map[string]any{"country": placeNamed(country)}})
	}
	write("Atlantis")
	places, err := newPlaces(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 500 {
				if got := places.place(address); got != "Atlantis" && got != "Lemuria" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	for range 20 {
		for _, country := range []string{"Atlantis", "Lemuria"} {
			write(country)
			places.reload(t.Context())
			if got := places.place(address); got != country {
				t.Fatalf("got %q, want %q", got, country)
			}
		}
	}
	group.Wait()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if got := places.place(address); got != "" {
		t.Errorf("after the file was emptied: got %q", got)
	}
	if _, err := places.load(); err == nil {
		t.Error("an empty file was loaded")
	}
}

// A server starts without the file, reports it, and uses it once it is there.
func TestMissingOrBrokenPlacesFileIsReported(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "places.mmdb")
	broken := func(text string) {
		t.Helper()
		if found, status := runCheck(t, t.TempDir(), "--geoip-database", path); status != exitFailed || found["LK037"].Text == "" || !anyContains([]string{found["LK037"].Text}, path, text) {
			t.Errorf("check: %d %v, want %q", status, found, text)
		}
	}
	broken("no such file")
	s := serve(t, filepath.Join(folder, "data"), "--addr", "localhost:0", "--geoip-database", path)
	if !anyContains(s.logged(t, "WARN"), "pages do not show the locations of addresses", "no such file") {
		t.Errorf("logged %v", s.logged(t, "WARN"))
	}
	writePlaces(t, path, "GeoLite2-ASN", map[string]any{"203.0.113.0/24": map[string]any{"asn": 1}})
	broken("does not contain the locations of addresses")
	if err := os.WriteFile(path, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken("MaxMind DB")
	until(t, func() bool { return anyContains(s.logged(t, "WARN"), "cannot load the changed geoip_database") })
	writePlaces(t, path, "GeoLite2-City", map[string]any{"203.0.113.0/24": map[string]any{"country": placeNamed("Germany")}})
	if found, _ := runCheck(t, t.TempDir(), "--geoip-database", path); found["LK037"].ID != "" {
		t.Errorf("check: %v", found)
	}
	until(t, func() bool { return anyContains(s.logged(t, "INFO"), "loaded the geoip_database", "GeoLite2-City") })
	s.stop(t)
}
