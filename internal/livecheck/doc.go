// Package livecheck looks for security problems of a running OAuth 2
// authorization server. It sends the requests of an unknown client, and changes
// nothing on the server, which need not be Latchkey.
//
// Read livecheck.go first; each of the other files holds the checks of one area.
package livecheck
