package storetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// FullClient returns a client in which every field has a value, and no two
// fields have the same value. A field that is added to oauth.Client is
// therefore part of every test that uses it.
func FullClient(now time.Time) *oauth.Client {
	c := new(oauth.Client)
	now = now.Truncate(time.Millisecond)
	for i, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		text := fmt.Sprint("value-", i)
		switch to := reflect.ValueOf(c).Elem().FieldByIndex(field.Index).Addr().Interface().(type) {
		case *oauth.ClientOpenID: // its fields follow
		case *string:
			*to = text
		case *oauth.ClientType:
			*to = oauth.Public
		case *oauth.TokenFormat:
			*to = oauth.JWT
		case *oauth.ApplicationType:
			*to = oauth.Native
		case *oauth.Translations:
			*to = oauth.Translations{"client_name#de": text}
		case *oauth.SubjectType:
			*to = oauth.SubjectPairwise
		case *bool:
			*to = true
		case *[]string:
			*to = []string{text, `"` + text + ` & second"`}
		case *oauth.Scopes:
			*to = oauth.Scopes{text, "second"}
		case *oauth.Lifetime:
			*to = oauth.Lifetime(time.Duration(i) * time.Second)
		case *time.Time:
			*to = now.Add(time.Duration(i) * time.Millisecond)
		case **int64:
			number := int64(i)
			*to = &number
		case *int64:
			*to = int64(i)
		case *json.RawMessage:
			*to = json.RawMessage(`{"keys":[]}`)
		case *[]oauth.LegacyException:
			*to = []oauth.LegacyException{{Feature: text, Until: "2027-03-31"}, {Feature: oauth.LegacyPassword, Until: "2027-04-01"}}
		case *oauth.ReviewState:
			*to = oauth.ReviewWaiting
		case *[]oauth.OwnerOffer:
			*to = []oauth.OwnerOffer{{Hash: []byte{8}, By: text, Transfer: true, ExpiresAt: now}}
		case *[]oauth.ClientSecret:
			*to = []oauth.ClientSecret{
				{ID: "1", Hash: []byte{9}, CreatedAt: now, ExpiresAt: now.Add(time.Hour)},
				{ID: "2", Slow: "$argon2id$", Sealed: "sealed"},
			}
		default:
			panic(fmt.Sprintf("storetest: no value for %s of type %T", field.Name, to))
		}
	}
	c.Unconfirmed = false // a client that is stored is not
	return c
}
