// Package sealing is the agency's seal as a service: seal profiles, which two people bring into force, and the requests of programs that are
// admitted by them, intended, sealed, verified and released (docs/design/sealing.md).
//
// It knows neither tokens nor HTTP: keys are behind a port, and whoever asks was authenticated before. It has no clock of its own,
// and no goroutine that outlives a call.
package sealing
