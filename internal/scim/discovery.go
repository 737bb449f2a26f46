package scim

import (
	"net/http"
)

// authentication are the ways to authenticate (RFC 7643 §5).
var authentication = []map[string]any{{
	"type": "oauthbearertoken", "name": "OAuth bearer token", "primary": true, "specUri": "https://www.rfc-editor.org/info/rfc6750",
	"description": "An access token or a personal token for the admin API, with the scope latchkey:people:read or latchkey:people:write.",
}}

func (s *server) providerConfig(string) any {
	yes, no := map[string]any{"supported": true}, map[string]any{"supported": false}
	return map[string]any{
		"schemas": []string{corePrefix + "ServiceProviderConfig"}, "meta": s.metaOf("ServiceProviderConfig", "ServiceProviderConfig"),
		"patch": yes, "etag": yes, "changePassword": yes, "sort": no,
		"bulk":   map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter": map[string]any{"supported": true, "maxResults": maxCount}, "authenticationSchemes": authentication,
	}
}

func (s *server) metaOf(kind, path string) map[string]any {
	return map[string]any{"resourceType": kind, "location": s.URL + "/" + path}
}

// types returns the types of resources (RFC 7643 §6).
func (s *server) types() []any {
	var all []any
	for _, t := range [][3]string{{"User", "Users", userSchema}, {"Group", "Groups", groupSchema}} {
		all = append(all, map[string]any{
			"schemas": []string{corePrefix + "ResourceType"}, "id": t[0], "name": t[0], "endpoint": "/" + t[1], "schema": t[2],
			"description": map[string]string{"User": "A person with an account", "Group": "A group of people"}[t[0]], "meta": s.metaOf("ResourceType", "ResourceTypes/"+t[0]),
		})
	}
	return all
}

// schemas returns the schemas (RFC 7643 §7).
func (s *server) schemas() []any {
	of := func(id, name, description string, attributes []attribute) any {
		return map[string]any{"schemas": []string{corePrefix + "Schema"}, "id": id, "name": name, "description": description, "attributes": attributes, "meta": s.metaOf("Schema", "Schemas/"+id)}
	}
	return []any{of(userSchema, "User", "A person with an account", userAttributes), of(groupSchema, "Group", "A group of people", groupAttributes)}
}

// one returns the document with an ID, or nil.
func one(all []any, id string) any {
	for _, document := range all {
		if d, _ := document.(map[string]any); d["id"] == id {
			return d
		}
	}
	return nil
}

// discover returns the handler of a document without secrets. It needs no token, so that a client
// can find out how to authenticate (RFC 7643 §5). A filter is an error (RFC 7644 §4).
func (s *server) discover(document func(id string) any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("filter") {
			writeError(w, &Error{http.StatusForbidden, "", "This document cannot be filtered."})
			return
		}
		found := document(r.PathValue("id"))
		if found == nil {
			writeError(w, notFound("There is no document with this name."))
			return
		}
		writeJSON(w, http.StatusOK, found)
	})
}

// listing returns a list response (RFC 7644 §3.4.2) with a part of a list of total resources.
func listing(resources []any, total, start int) map[string]any {
	if resources == nil {
		resources = []any{}
	}
	return map[string]any{"schemas": []string{messages + "ListResponse"}, "totalResults": total, "startIndex": start, "itemsPerPage": len(resources), "Resources": resources}
}
