package main

import (
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// checkResources finds resources that are unsafe or useless.
func checkResources(resources []oauth.ResourceInfo, add addFinding) {
	for _, r := range resources {
		if u, err := url.Parse(r.URI); err == nil && u.Scheme == "http" && !oauth.LoopbackHost(u.Hostname()) {
			add("LK032", livecheck.Warning, "The resource %s does not use https, so its access tokens can be read on the network. Use an https URL.", r.URI)
		}
		if r.AccessTokenTTL > 24*time.Hour {
			add("LK033", livecheck.Warning, "access_token_ttl of the resource %s is %s: a stolen access token is valid for that long. Choose a shorter lifetime.", r.URI, r.AccessTokenTTL)
		}
		if r.SigningAlg != "" && r.TokenFormat == oauth.Opaque {
			add("LK034", livecheck.Warning, "signing_alg of the resource %s has no effect, because its access tokens are opaque. Remove it, or set token_format to jwt.", r.URI)
		}
	}
}

// resourceUses are the resources that applications use.
type resourceUses struct {
	// requestable are the resources that an application may request, and apis those
	// whose client_id is an application that can introspect tokens; by URI.
	requestable, apis map[string]bool
}

// note records which resources an application uses.
func (u *resourceUses) note(resources []oauth.ResourceInfo, client *oauth.Client) {
	for i := range resources {
		r := &resources[i]
		if r.ClientID == client.ID && client.ResourceServer && !client.Disabled {
			u.apis[r.URI] = true
		}
		if !client.Disabled && client.MayRequestResource(r.URI) && (len(r.Scopes) == 0 || len(client.StillAllowed(r.Scopes)) > 0) {
			u.requestable[r.URI] = true
		}
	}
}

// checkUses checks whether the resources are of use. Without known applications, those
// that register themselves or have a document may request them.
func (c *command) checkUses(u resourceUses, add addFinding) {
	s := c.config.ProtocolSettings
	known := (s.Registration == "" || s.Registration == provider.RegistrationClosed) &&
		(s.ClientDocuments == provider.DocumentsOff || s.ClientDocuments == provider.DocumentsDeny && len(s.ClientDocumentsAsk)+len(s.ClientDocumentsAllow) == 0)
	for _, r := range c.defined().AllResources {
		if known && !u.requestable[r.URI] {
			scopes := ""
			if len(r.Scopes) > 0 {
				scopes = " with one of its scopes (" + strings.Join(r.Scopes, ", ") + ")"
			}
			add("LK035", livecheck.Warning, "No application may request access tokens for the resource %s%s. Allow it for one, or remove the resource.", r.URI, scopes)
		}
		if r.ClientID != "" && !u.apis[r.URI] {
			add("LK036", livecheck.Warning, "client_id of the resource %s is %s, which is not an application that can introspect tokens. Add it with: latchkey app add --client-id %s --resource-server", r.URI, r.ClientID, r.ClientID)
		}
	}
}
