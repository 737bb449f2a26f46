package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
)

// placesFile is a MaxMind DB file with the places of network addresses, which is
// loaded again when it changes.
type placesFile struct {
	watchedFiles
	inUse  sync.RWMutex // held for writing while reader changes
	reader *maxminddb.Reader
}

// newPlaces returns the places in a file, which may be missing or broken: then the
// error says why, and place returns "" until the file can be loaded.
func newPlaces(path string, logger *slog.Logger) (*placesFile, error) {
	f := new(placesFile)
	f.name, f.paths, f.logger = "geoip_database", []string{path}, logger
	f.read = func() ([]any, error) {
		reader, err := openPlaces(path)
		if err != nil {
			return nil, err
		}
		f.inUse.Lock()
		defer f.inUse.Unlock()
		if f.reader != nil {
			_ = f.reader.Close()
		}
		f.reader = reader
		return []any{"type", reader.Metadata.DatabaseType, "built", reader.Metadata.BuildTime()}, nil
	}
	_, err := f.load()
	return f, err
}

// openPlaces opens a file. The system reads the parts that are used, so that the
// process does not have the whole file in its memory.
func openPlaces(path string) (*maxminddb.Reader, error) {
	reader, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("geoip_database: cannot read %s, which must be a MaxMind DB file such as GeoLite2-City.mmdb: %w", path, err)
	}
	kind := reader.Metadata.DatabaseType
	for _, known := range []string{"City", "Country", "Enterprise"} {
		if strings.Contains(kind, known) {
			return reader, nil
		}
	}
	_ = reader.Close()
	return nil, fmt.Errorf("geoip_database: %s has the type %q, and does not contain the locations of addresses; use a City or Country database", path, kind)
}

// placeRecord is the part of a record that is used. The names are those in English.
type placeRecord struct {
	City         placeNames   `maxminddb:"city"`
	Subdivisions []placeNames `maxminddb:"subdivisions"`
	Country      placeNames   `maxminddb:"country"`
}

type placeNames struct {
	Names struct {
		English string `maxminddb:"en"`
	} `maxminddb:"names"`
}

// place is for latchkey.Options.Place.
func (f *placesFile) place(addr netip.Addr) (place string) {
	f.inUse.RLock()
	defer f.inUse.RUnlock()
	if f.reader == nil {
		return ""
	}
	// A program that writes into the open file, instead of replacing it, can make it
	// shorter. Reading the missing part then panics.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			place = ""
		}
	}()
	var r placeRecord
	if err := f.reader.Lookup(addr.Unmap()).Decode(&r); err != nil {
		return ""
	}
	return r.String()
}

// String returns the city, or else the region, and the country: "Berlin, Germany".
func (r placeRecord) String() string {
	local, country := r.City.Names.English, r.Country.Names.English
	if local == "" && len(r.Subdivisions) > 0 {
		local = r.Subdivisions[0].Names.English
	}
	if local == "" || local == country {
		return country
	}
	if country == "" {
		return local
	}
	return local + ", " + country
}

// addPlaces opens the file of --geoip-database. The server also starts without it,
// because people can log in without knowing a place.
func (c *command) addPlaces(ctx context.Context, p *instance) {
	if c.config.GeoIPDatabase == "" {
		return
	}
	var err error
	if p.places, err = newPlaces(c.config.GeoIPDatabase, p.logger); err != nil {
		p.logger.WarnContext(ctx, "pages do not show the locations of addresses until the file can be loaded", "error", err.Error())
	}
	go func() {
		defer crash.Log(p.logger)
		p.places.watch(ctx)
	}()
}

// checkPlaces checks the file of --geoip-database.
func (c *command) checkPlaces(add addFinding) {
	if c.config.GeoIPDatabase == "" {
		return
	}
	reader, err := openPlaces(c.config.GeoIPDatabase)
	if err != nil {
		add("LK037", livecheck.Error, "%v.", err)
		return
	}
	_ = reader.Close()
}
