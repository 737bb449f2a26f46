package latchkey_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// linkedModules are the modules that a host program links by importing packages of
// this module. A CLI, an exporter of metrics or traces, a browser, or a driver that the
// host did not choose is not among them. The reasons for each module are in
// docs/decisions/dependencies.md.
var linkedModules = []struct{ packages, modules string }{
	{"resource", "github.com/go-jose/go-jose/v4"},
	{"oauth provider account memstore", protocol},
	{". memstore", protocol + pages},
	{". memstore ldap", protocol + pages + " github.com/go-ldap/ldap/v3 github.com/go-asn1-ber/asn1-ber github.com/Azure/go-ntlmssp"},
	{". sqlstore/sqlite", protocol + pages + migrations + `
		modernc.org/sqlite modernc.org/libc modernc.org/mathutil modernc.org/memory
		github.com/dustin/go-humanize github.com/remyoudompheng/bigfft`},
	{". sqlstore/postgres", protocol + pages + migrations + `
		github.com/jackc/pgx/v5 github.com/jackc/pgpassfile github.com/jackc/pgservicefile github.com/jackc/puddle/v2`},
}

const (
	protocol = " github.com/go-jose/go-jose/v4 github.com/alexedwards/argon2id golang.org/x/crypto golang.org/x/sys golang.org/x/sync golang.org/x/text golang.org/x/net github.com/google/uuid go.mau.fi/util" + passkeys
	// Of these, the modules besides go-webauthn parse CBOR, and the attestations that
	// Latchkey neither requests nor trusts.
	passkeys = " github.com/go-webauthn/webauthn github.com/go-webauthn/x github.com/fxamacker/cbor/v2 github.com/x448/float16 github.com/go-viper/mapstructure/v2 github.com/golang-jwt/jwt/v5 github.com/google/go-tpm github.com/tinylib/msgp github.com/philhofer/fwd"
	// A host has the pages, on which people log in through other providers and scan the
	// QR code of an authenticator app. The admin API applies files in YAML.
	pages      = " github.com/coreos/go-oidc/v3 golang.org/x/oauth2 rsc.io/qr go.yaml.in/yaml/v3"
	migrations = " github.com/pressly/goose/v3 github.com/mfridman/interpolate github.com/sethvargo/go-retry go.uber.org/multierr"
)

// TestHostLinksOnlyTheModulesThatItChose lists all modules, because one that is added by
// mistake has an unknown name.
func TestHostLinksOnlyTheModulesThatItChose(t *testing.T) {
	graph := importGraph(t)
	for _, test := range linkedModules {
		var roots []string
		for name := range strings.FieldsSeq(test.packages) {
			roots = append(roots, strings.TrimSuffix(module+"/"+name, "/."))
		}
		linked, want := graph.modules(roots), strings.Fields(test.modules)
		for _, name := range linked {
			if !slices.Contains(want, name) {
				t.Errorf("importing %s links %s. Give the reason in docs/decisions/dependencies.md, and add the module to linkedModules", test.packages, name)
			}
		}
		for _, name := range want {
			if !slices.Contains(linked, name) {
				t.Errorf("importing %s does not link %s. Remove it from linkedModules", test.packages, name)
			}
		}
	}
}

// imports are the imports and the module of each package, by its path.
type imports map[string]struct {
	ImportPath string
	Imports    []string
	ImportMap  map[string]string
	Module     *struct{ Path string }
}

// importGraph returns all packages that this module links.
func importGraph(t *testing.T) imports {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,ImportMap,Module", "./resource", ".", "./memstore", "./ldap", "./sqlstore/sqlite", "./sqlstore/postgres")
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	all := make(imports)
	for decoder := json.NewDecoder(output); ; {
		p := all[""]
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// modules returns the modules of other people that the packages link.
func (all imports) modules(packages []string) (modules []string) {
	seen := make(map[string]bool)
	for queue := packages; len(queue) > 0; queue = queue[1:] {
		p := all[queue[0]]
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		if p.Module != nil && p.Module.Path != module && !slices.Contains(modules, p.Module.Path) {
			modules = append(modules, p.Module.Path)
		}
		for _, name := range p.Imports {
			if mapped, vendored := p.ImportMap[name]; vendored {
				name = mapped
			}
			queue = append(queue, name)
		}
	}
	return modules
}
