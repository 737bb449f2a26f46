package ldap_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	client "github.com/go-ldap/ldap/v3"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

const (
	base      = "dc=acme,dc=example"
	admin     = "cn=admin," + base
	service   = "cn=latchkey," + base
	adminWord = "of the administrator"
)

// people are the entries of the directory. The two entries zoe match the same name.
const people = `dn: dc=acme,dc=example
objectClass: dcObject
objectClass: organization
o: Acme
dc: acme

dn: cn=latchkey,dc=acme,dc=example
objectClass: person
objectClass: simpleSecurityObject
cn: latchkey
sn: latchkey
userPassword: of the server

dn: ou=people,dc=acme,dc=example
objectClass: organizationalUnit
ou: people

dn: uid=ada,ou=people,dc=acme,dc=example
objectClass: inetOrgPerson
uid: ada
cn: Ada Lovelace
sn: Lovelace
givenName: Ada
mail: ada@acme.example
userPassword: engine

dn: uid=eve,ou=people,dc=acme,dc=example
objectClass: inetOrgPerson
uid: eve
cn: Eve
sn: Eve
mail: eve@acme.example
userPassword: apple

dn: uid=zoe,ou=people,dc=acme,dc=example
objectClass: inetOrgPerson
uid: zoe
cn: Zoe One
sn: One
userPassword: twin

dn: cn=Zoe Two,ou=people,dc=acme,dc=example
objectClass: inetOrgPerson
uid: ZOE
cn: Zoe Two
sn: Two
userPassword: twin

dn: cn=staff,dc=acme,dc=example
objectClass: groupOfNames
cn: staff
member: uid=ada,ou=people,dc=acme,dc=example

dn: cn=bob,ou=people,dc=acme,dc=example
objectClass: user
objectClass: simpleSecurityObject
cn: bob
sAMAccountName: bob
sn: bob
userAccountControl: 512
objectGUID:: AAECAwQFBgcICQoLDA0ODw==
userPassword: builder

dn: cn=mallory,ou=people,dc=acme,dc=example
objectClass: user
objectClass: simpleSecurityObject
cn: mallory
sAMAccountName: mallory
sn: mallory
userAccountControl: 514
objectGUID:: EBECAwQFBgcICQoLDA0ODw==
userPassword: disabled

`

// activeDirectory are the attributes and the class of people in Active Directory that matter
// here, with their real numbers.
const activeDirectory = `attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL MAY ( sAMAccountName $ userAccountControl $ objectGUID ) )
`

// server is a slapd with a certificate of an authority of the test.
type server struct {
	*exec.Cmd
	plain, secure, ca, dir string
	program                string
}

// newServer starts a slapd. It allows logins with a name and an empty password, which are
// anonymous (RFC 4513 §5.1.2).
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{program: needs.Slapd(t), plain: "ldap://" + needs.Address(t), secure: "ldaps://" + needs.Address(t), dir: t.TempDir()}
	s.ca = certificates(t, s.dir)
	schema := "/etc/ldap/schema"
	if _, err := os.Stat(schema); err != nil {
		schema = "/etc/openldap/schema"
	}
	var text bytes.Buffer
	for _, name := range []string{"core", "cosine", "inetorgperson"} {
		fmt.Fprintf(&text, "include %s/%s.schema\n", schema, name)
	}
	text.WriteString(activeDirectory)
	fmt.Fprintf(&text, "pidfile %[1]s/pid\nmodulepath /usr/lib/ldap:/usr/lib/openldap\nmoduleload back_mdb\nmoduleload memberof\nallow bind_anon_dn\nTLSCertificateFile %[1]s/cert.pem\nTLSCertificateKeyFile %[1]s/key.pem\n"+
		"database mdb\nsuffix %[2]s\nrootdn %[3]s\nrootpw \"%[4]s\"\ndirectory %[1]s\nmaxsize 16777216\noverlay memberof\n"+
		// People can do nothing but log in: searches must be those of the server.
		"access to * by dn.exact=\"%[5]s\" read by anonymous auth by * none\n", s.dir, base, admin, adminWord, service)
	for name, content := range map[string][]byte{"slapd.conf": text.Bytes(), "people.ldif": []byte(people)} {
		if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := exec.CommandContext(t.Context(), s.program, "-Tadd", "-f", filepath.Join(s.dir, "slapd.conf"), "-l", filepath.Join(s.dir, "people.ldif"))
	if output, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	s.start(t)
	return s
}

// start starts the server, and waits until it answers.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.Cmd = exec.CommandContext(t.Context(), s.program, "-f", filepath.Join(s.dir, "slapd.conf"), "-h", s.plain+"/ "+s.secure+"/", "-d", "0")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	for {
		c, err := net.Dial("tcp", s.plain[len("ldap://"):]) //nolint:noctx // a local server
		if err == nil {
			_ = c.Close()
			return
		}
		if t.Context().Err() != nil || s.ProcessState != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // until the server listens
	}
}

// withoutMemberOf starts the server again without the overlay that adds memberOf, and removes
// what it has added.
func (s *server) withoutMemberOf(t *testing.T) {
	t.Helper()
	s.stop()
	path := filepath.Join(s.dir, "slapd.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The schema keeps the attribute, because the module is still loaded.
	if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte("overlay memberof\n"), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start(t)
}

func (s *server) stop() {
	_ = s.Process.Kill()
	_ = s.Wait()
}

// settings returns the settings of a provider with this server.
func (s *server) settings() upstream.Settings {
	return upstream.Settings{
		Name: "acme", Title: "Acme", Type: upstream.TypeLDAP, URL: s.secure, CAFile: s.ca, BindDN: service, ClientSecret: "of the server",
		BaseDN: base, SignUp: "automatic",
	}
}

// change changes the directory as its administrator.
func (s *server) change(t *testing.T, change func(*client.Conn) error) {
	t.Helper()
	c, err := client.DialURL(s.plain)
	if err == nil {
		err = c.Bind(admin, adminWord)
	}
	if err == nil {
		err = change(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

// certificates writes the certificate of a server on this machine, its key, and the
// authority, and returns the path of the authority.
func certificates(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Acme"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	cert := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "ldap"}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature}
	write := func(name, kind string, der []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, ca, key.Public(), caKey)
	write("cert.pem", "CERTIFICATE", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(key)
	write("key.pem", "PRIVATE KEY", der, err)
	der, err = x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	return write("ca.pem", "CERTIFICATE", der, err)
}
