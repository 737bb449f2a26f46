package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const day = 24 * time.Hour

// until moves the clock to the time that long before worldTime.
func (w *world) until(before time.Duration) {
	if d := worldTime.Add(-before).Sub(w.Now()); d > 0 {
		w.Advance(d)
	}
}

// fill lets people and applications use the provider for some months.
func (w *world) fill() {
	w.t.Helper()
	w.ends.Add(account.NewUser{Username: "grace", Name: "Grace Hopper", Admin: true})
	w.fresh.Add(account.NewUser{Username: "grace", Name: "Grace Hopper", Email: "grace@harbor.example", Admin: true})
	w.person(account.NewUser{Username: "grace", Name: "Grace Hopper", Email: "grace@harbor.example", EmailVerified: true, Admin: true})
	w.addApplications()
	if err := w.Store.AddLoginProvider(w.t.Context(), account.StoredProvider{
		Name: "partners", CreatedAt: w.Now(), UpdatedAt: w.Now(),
		Settings: json.RawMessage(`{"name":"partners","title":"Harbor partners","issuer":"https://partners.harbor.example","client_id":"latchkey","groups":["crew","pilots"],"single_logout":true}`),
	}); err != nil {
		w.t.Fatal(err)
	}
	for _, d := range []oauth.Definition{
		{Kind: oauth.DefinesScope, Name: "berths.book", Settings: json.RawMessage(`{"description":"Book a berth for your boat"}`)},
		{Kind: oauth.DefinesResource, Name: "https://berths.harbor.example", Settings: json.RawMessage(`{"name":"Harbor berths","scopes":["berths.book"]}`)},
	} {
		d.CreatedAt, d.UpdatedAt = w.Now(), w.Now()
		if err := w.Store.AddDefinition(w.t.Context(), d); err != nil {
			w.t.Fatal(err)
		}
	}
	w.until(90 * day)
	w.person(account.NewUser{Username: "maria", Name: "Maria Lindqvist", Email: "maria@harbor.example", EmailVerified: true, Claims: json.RawMessage(`{"zoneinfo":"Europe/Stockholm"}`)})
	w.person(account.NewUser{Username: "شیرین", Name: "شیرین نوروزی", Email: "shirin@harbor.example", EmailVerified: true})
	w.person(account.NewUser{Username: "bartholomew-maximilian.featherstonehaugh-cholmondeley", Name: "Bartholomew Maximilian Featherstonehaugh-Cholmondeley of Lower Wapping", Email: "bartholomew-maximilian.featherstonehaugh@very-long-department.harbor.example"})
	w.person(account.NewUser{Username: "hanako", Name: "山田花子", Email: "hanako@harbor.example"})
	w.person(account.NewUser{Username: "nora", Name: "Nora Quist", Email: "nora@harbor.example"})
	w.person(account.NewUser{Username: "omar", Name: "עומר כהן"})
	left := w.person(account.NewUser{Username: "jonas", Name: "Jonas Berg", Email: "jonas@old.example"})
	for i, days := range []time.Duration{80, 61, 44, 30, 12, 5} {
		w.until(days * day)
		name := []string{"maria", "شیرین", "maria", "hanako", "bartholomew-maximilian.featherstonehaugh-cholmondeley", "maria"}[i]
		app := []string{"photos", "calendar", "scheduler", "photos", "spa", "notes"}[i]
		b := w.visitor([]string{desktop, phone, laptop}[i%3], []string{homeAddress, "198.51.100.77", "192.0.2.8"}[i%3])
		w.logIn(b, name)
		w.allow(b, app)
	}
	w.until(4*day + time.Hour)
	w.secondFactors("maria")
	w.until(4 * day)
	w.try(w.Accounts.Disable(w.t.Context(), left.ID, true))
	b := w.visitor(phone, "198.51.100.77")
	w.logIn(b, "maria")
	w.allow(b, "photos")
	w.allow(b, "scheduler")
	w.until(3 * day)
	if _, err := w.Server.Keys().Rotate(w.t.Context(), "ES256", false); err != nil {
		w.t.Fatal(err)
	}
	w.person(account.NewUser{Username: "henrik", Name: "Henrik Holm", Email: "henrik@harbor.example", Roles: account.Roles{account.RoleOperator}})
	w.person(account.NewUser{Username: "ada", Name: "Ada Byron", Email: "ada@harbor.example", Roles: account.Roles{account.RoleAuditor}})
	w.try(w.Store.DiscardClient(w.t.Context(), w.apps["postcards"].ID, 0, w.Now()))
	w.until(20 * time.Hour)
	w.reject()
	w.until(2 * time.Hour)
	w.logIn(w.visitor(laptop, "192.0.2.8"), "maria")
	w.logIn(w.visitor(phone, "198.51.100.77"), "grace")
	w.until(20 * time.Minute)
	w.machine()
	w.logIn(w.visitor(desktop, homeAddress), "شیرین")
	w.until(0)
	w.addPasskeys()
	w.addPicture("ada")
	w.sendMails()
	w.own("notes", "hanako")
}

// addPasskeys adds people with passkeys: ines also has a password, and liv does not. They are logged in,
// because no browser has these passkeys.
func (w *world) addPasskeys() {
	w.t.Helper()
	add := func(username string, names ...string) {
		u, err := w.Store.User(w.t.Context(), w.people[username].ID)
		w.try(err)
		factors := []account.Factor{{ID: sha256.Sum256([]byte("code of " + username)), UserID: u.ID, Kind: account.FactorRecoveryCode, CreatedAt: w.Now()}}
		for i, name := range names {
			factors = append(factors, account.Factor{
				ID: sha256.Sum256([]byte(name + username)), UserID: u.ID, Kind: account.FactorPasskey, Name: name, CreatedAt: w.Now().Add(time.Duration(i-9) * day), UsedAt: w.Now().Add(-time.Hour),
				Body: `{"id":"aWQ=","key":"a2V5","handle":"aGFuZGxl","aaguid":"08987058-cadc-4b81-b6e1-30de50dcbe96","transports":["internal"],"verified":true}`,
			})
		}
		w.try(w.Store.ChangeFactors(w.t.Context(), account.FactorChange{User: u, Factors: []account.FactorKind{account.FactorPasskey}, Add: factors, At: w.Now()}))
	}
	w.person(account.NewUser{Username: "ines", Name: "Inês Duarte", Email: "ines@harbor.example", EmailVerified: true, Claims: json.RawMessage(`{"picture":"https://pictures.example/ines.png"}`)})
	w.logInWithPasskey("ines")
	add("ines", "Work laptop")
	liv := &account.User{ID: "018f2d3c-0000-7000-8000-000000000001", Username: "liv", Name: "Liv Dahl", CreatedAt: w.Now(), UpdatedAt: w.Now()}
	w.try(w.Store.CreateUser(w.t.Context(), liv, "liv", account.Unconditionally))
	w.people["liv"] = liv
	w.logInWithPasskey("liv")
	add("liv", "Phone", "Security key")
}

// logInWithPasskey begins a session as a login with a passkey does, before the person has one.
func (w *world) logInWithPasskey(username string) {
	w.t.Helper()
	u, err := w.Store.User(w.t.Context(), w.people[username].ID)
	w.try(err)
	cookie, session, err := w.Accounts.StartFirstSession(w.t.Context(), u, account.Browser{Address: homeAddress, UserAgent: desktop}, "")
	w.try(err)
	session.Methods = []string{account.MethodSoftwareKey, account.MethodTwoFactors}
	w.try(w.Store.StartSession(w.t.Context(), account.SessionStart{Session: session, Epoch: u.LoginEpoch, Replaces: session.ID}))
	w.jars[idHost+" "+username] = holding(&http.Cookie{Name: "__Host-lk_session", Value: cookie, Path: "/", Secure: true})
}

// addPicture adds a picture to a person.
func (w *world) addPicture(username string) {
	u, err := w.Store.User(w.t.Context(), w.people[username].ID)
	w.try(err)
	w.try(w.Accounts.SetPicture(w.t.Context(), u, account.Upload{File: squarePNG(w.t), Base: w.Issuer + "/picture/"}))
}

// squarePNG returns a picture file.
func squarePNG(t *testing.T) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for i := range 256 * 256 {
		picture.Set(i%256, i/256, color.RGBA{uint8(i % 256), 120, uint8(i / 256), 255})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// holding returns a jar with a cookie of the provider.
func holding(cookie *http.Cookie) http.CookieJar {
	jar, _ := cookiejar.New(nil)
	jar.SetCookies(&url.URL{Scheme: "https", Host: idHost}, []*http.Cookie{cookie})
	return jar
}

// offered is the secret part of the code of an offer to own an application.
const offered = "offered"

// own makes a person the owner of an application, and lets them offer it to others.
func (w *world) own(app, username string) {
	w.t.Helper()
	c, err := w.Store.Client(w.t.Context(), w.apps[app].ID)
	w.try(err)
	hash := sha256.Sum256([]byte(offered))
	c.OwnerID = w.people[username].ID
	c.Offers = []oauth.OwnerOffer{{Hash: hash[:], By: c.OwnerID, ExpiresAt: w.Now().Add(7 * day)}}
	w.try(w.Store.UpdateClient(w.t.Context(), c))
}

// sendMails lets people request emails, and the deletion of an account.
func (w *world) sendMails() {
	b := w.visitor(desktop, homeAddress)
	b.Submit(b.Open(w.at("/o/reset/")), url.Values{"username": {"hanako"}})
	w.logIn(b, "hanako")
	b.Submit(b.Open(w.at("/o/account/profile/")), url.Values{"action": {"verify"}})
	admin := w.visitor(desktop, homeAddress)
	w.logIn(admin, "grace")
	for _, email := range []string{"newcomer@harbor.example", ""} {
		response, err := admin.PostForm(w.at("/admin/invitations/"), url.Values{"email": {email}, "note": {"For the harbor festival"}, "days": {"7"}})
		w.try(err)
		body, err := io.ReadAll(response.Body)
		w.try(err)
		_ = response.Body.Close()
		if found := regexp.MustCompile(`/o/invite/#([^"]+)"`).FindSubmatch(body); found != nil {
			w.invitation = string(found[1])
		}
	}
	w.crew = &account.Group{Name: "crew", Description: "People who work at the harbor", Roles: account.Roles{account.RoleAuditor}}
	w.try(w.Accounts.CreateGroup(w.t.Context(), w.crew))
	w.try(w.Accounts.CreateGroup(w.t.Context(), &account.Group{Name: "photographers"}))
	_, _, err := w.Accounts.AddMembers(w.t.Context(), w.crew.ID, w.people["hanako"].ID, w.people["شیرین"].ID)
	w.try(err)
	w.addAPITokens()
	leaving := w.person(account.NewUser{Username: "linus", Name: "Linus Ek", Email: "linus@harbor.example"})
	w.keep, err = w.Accounts.RequestDeletion(w.t.Context(), leaving, account.Visitor{})
	w.try(err)
}

// addAPITokens adds a token for the admin API to each member of the group. One of them was used.
func (w *world) addAPITokens() {
	ctx := w.t.Context()
	for username, name := range map[string]string{"hanako": "Berth statistics", "شیرین": "Monthly report"} {
		id := w.people[username].ID
		_, err := w.Accounts.AddPersonalToken(ctx, id, "token of "+username, name, []string{oauth.ScopeAdmin}, 90*day)
		w.try(err)
		if username == "hanako" {
			factors, err := w.Store.Factors(ctx, id)
			w.try(err)
			for _, f := range factors {
				w.try(w.Store.NoteTokenUse(ctx, f.ID, w.Now()))
			}
		}
	}
}

// person adds a person.
func (w *world) person(n account.NewUser) *account.User {
	w.t.Helper()
	w.people[n.Username] = w.Add(n)
	return w.people[n.Username]
}

func (w *world) try(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addApplications() {
	const photos = "https://" + photosHost
	code := []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
	app := func(key string, change func(*oauth.Client)) {
		c, secret := w.AddClient(photos+"/callback", func(c *oauth.Client) {
			c.ID, c.GrantTypes, c.CreatedAt, c.UpdatedAt = oauth.NewClientID(), code, w.Now(), w.Now()
			for i := range c.Secrets {
				c.Secrets[i].CreatedAt = w.Now()
			}
			change(c)
		})
		w.apps[key], w.secrets[key] = c, secret
		w.Advance(time.Hour)
	}
	app("photos", func(c *oauth.Client) {
		c.Name, c.HomepageURL, c.TermsURL, c.PolicyURL = "Harbor Photos", photos+"/", photos+"/terms", photos+"/privacy"
		c.PostLogoutRedirectURIs, c.FrontchannelLogoutURI = []string{photos + "/bye"}, photos+"/logged-out"
		c.RecommendedScopes = oauth.Scopes{"calendar:write"}
	})
	app("calendar", func(c *oauth.Client) {
		c.Name, c.HomepageURL = "تقویم بندر", "https://calendar.harbor.example/"
	})
	app("scheduler", func(c *oauth.Client) {
		c.Name, c.HomepageURL, c.Agent, c.Type = "Scheduling assistant", "https://assistant.harbor.example/", true, oauth.Public
	})
	app("notes", func(c *oauth.Client) {
		c.Name = "The notebook of the purchasing department with the orders of all offices"
	})
	app("spa", func(c *oauth.Client) { c.Name, c.Type = "Harbor Maps", oauth.Public })
	app("tv", func(c *oauth.Client) {
		c.Name, c.Type, c.GrantTypes, c.RedirectURIs = "Living room TV", oauth.Public, []string{oauth.GrantDeviceCode, oauth.GrantRefreshToken}, nil
	})
	app("report", func(c *oauth.Client) {
		c.Name, c.GrantTypes, c.RedirectURIs = "Nightly report", []string{oauth.GrantClientCredentials}, nil
	})
	app("old", func(c *oauth.Client) {
		c.Name, c.Disabled = "Old intranet", true
		c.Legacy = []oauth.LegacyException{{Feature: "password", Until: "2027-03-31"}}
	})
	app("postcards", func(c *oauth.Client) { c.Name = "Harbor Postcards" })
	app("wiki", func(c *oauth.Client) {
		c.Name, c.Type, c.SkipAuthorization, c.RedirectURIs, c.ForwardAuthGroups = "Wiki", oauth.Public, true, []string{"https://" + wikiHost + "/.latchkey/callback"}, []string{"editors"}
	})
	app("trusted", func(c *oauth.Client) { c.Name, c.SkipAuthorization = "Harbor Home", true })
	app("registered", func(c *oauth.Client) {
		c.ID, c.Name, c.Type = oauth.RegistrationPrefix+strings.Repeat("7", 30), "Field notes", oauth.Public
	})
	app("local", func(c *oauth.Client) {
		c.Name, c.Type, c.RedirectURIs = "Harbor command line", oauth.Public, []string{"http://127.0.0.1/callback"}
	})
	app("document", func(c *oauth.Client) {
		c.ID, c.Name, c.Type, c.DocumentFetchedAt = "https://localhost:9/tides.json", "Tide tables", oauth.Public, worldTime.Add(-time.Hour)
	})
	app("vault", func(c *oauth.Client) { c.Name, c.RequireSecondFactor = "Harbor Safe", true })
	app("try", func(c *oauth.Client) {
		c.Name, c.AskEveryTime, c.RedirectURIs, c.GrantTypes = "Consumer", true, []string{"https://" + tryHost + "/consumer/exchange/"}, append(code, oauth.GrantDeviceCode, oauth.GrantClientCredentials)
	})
}

// authorization returns the address of an authorization request of an application.
func (w *world) authorization(app string, pairs ...string) string {
	c := w.apps[app]
	q := request(c.ID, append([]string{"redirect_uri", c.RedirectURIs[0], "scope", "openid profile email photos:read photos:write offline_access"}, pairs...)...)
	return w.at("/o/authorize/?" + q.Encode())
}

// allow lets a person who is logged in allow an application, which gets tokens.
func (w *world) allow(b *latchkeytest.Browser, app string) {
	w.t.Helper()
	code, err := b.Authorize(w.authorization(app), "")
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.apps[app]
	fields := url.Values{
		"grant_type": {oauth.GrantAuthorizationCode}, "code": {code}, "redirect_uri": {c.RedirectURIs[0]},
		"client_id": {c.ID}, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	}
	if c.Type == oauth.Confidential {
		fields.Set("client_secret", w.secrets[app])
	}
	w.token(fields)
}

func (w *world) token(fields url.Values) {
	w.t.Helper()
	b := w.visitor("Harbor", "192.0.2.80")
	response, err := b.PostForm(w.at("/o/token/"), fields)
	w.try(err)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		w.t.Fatalf("the token endpoint answered %s", response.Status)
	}
}

// machine lets an application get tokens for itself.
func (w *world) machine() {
	for range 30 {
		w.token(url.Values{"grant_type": {oauth.GrantClientCredentials}, "client_id": {w.apps["report"].ID}, "client_secret": {w.secrets["report"]}, "scope": {"photos:read"}})
	}
}

// reject sends requests with mistakes.
func (w *world) reject() {
	b := w.visitor(desktop, homeAddress)
	b.Open(w.authorization("photos", "redirect_uri", "https://photos.harbor.example/callback/"))
	b.Open(w.authorization("photos", "scope", "photos:everything"))
	b.Open(w.authorization("spa", "code_challenge_method", "plain"))
}

// secondFactors adds an authenticator app and its recovery codes.
func (w *world) secondFactors(username string) {
	b := w.visitor(desktop, homeAddress)
	w.logIn(b, username)
	session := w.session(b.Jar)
	prepared, err := w.Accounts.PrepareTOTP(w.t.Context(), session, "Latchkey")
	w.try(err)
	w.secrets[username] = prepared.Secret
	added, err := w.Accounts.AddTOTP(w.t.Context(), session, prepared.Form, w.code(username))
	w.try(err)
	w.try(w.Accounts.LinkIdentity(w.t.Context(), added.Cookie, account.Identity{Provider: "staff", Issuer: "https://staff.harbor.example", Subject: "8812", Username: "maria.lindqvist"}, account.Visitor{}))
}
