package pkcs11

import (
	"os"
	"path/filepath"
	"runtime"
)

// KnownModule is a PKCS#11 library that is found in practice, with the places where its installer puts it on this system.
type KnownModule struct {
	Name  string
	For   string // the tokens it drives, for people
	Paths []string
	Needs string // an environment variable without which it can do nothing, empty when it needs none
	Hint  string // what to look at when it can't be used
}

// known is a row of the table: a name relative to a library folder, or an absolute path, for each system.
type known struct {
	name, tokens          string
	linux, macos, windows []string
	needs, hint           string
}

const readerHint = "is the reader plugged in, and does pcscd run?"

// table lists the modules. Which tokens the national issuers hand out changes; their installers put one of these. SoftHSM2 comes first, as it is what the
// demo uses; OpenSC comes behind the makers' own modules, which know their tokens better. NSS's softoken is not here: it has to be told its
// folder by x-module-init.
func table() []known {
	return []known{
		{name: "SoftHSM2", tokens: "keys in files, for trying out", linux: []string{"softhsm/libsofthsm2.so", "pkcs11/libsofthsm2.so", "libsofthsm2.so"}, macos: []string{"softhsm/libsofthsm2.so"}, windows: []string{`C:\SoftHSM2\lib\softhsm2-x64.dll`}, hint: "SOFTHSM2_CONF names its configuration; the user must be allowed to read the folder in it (Debian: group softhsm)"},
		{name: "SafeNet Authentication Client", tokens: "SafeNet eToken 5110 and 5300, IDPrime cards (Thales, earlier Gemalto and Aladdin)", linux: []string{"libeToken.so", "libeTPkcs11.so", "pkcs11/libeTPkcs11.so"}, macos: []string{"libeToken.dylib", "libeTPkcs11.dylib"}, windows: []string{"eTPKCS11.dll"}, hint: readerHint},
		{name: "Thales IDPrime", tokens: "IDPrime cards and SafeNet IDPrime tokens", linux: []string{"libIDPrimePKCS11.so", "pkcs11/libIDPrimePKCS11.so"}, macos: []string{"libIDPrimePKCS11.dylib", "libIDPrimePKCS11.0.dylib"}, windows: []string{"IDPrimePKCS1164.dll", "IDPrimePKCS11.dll"}, hint: readerHint},
		{name: "Gemalto Classic Client", tokens: "Gemalto Classic TPC cards", linux: []string{"pkcs11/libgclib.so", "ClassicClient/libgclib.so", "libgclib.so"}, macos: []string{"ClassicClient/libgclib.dylib"}, windows: []string{"gclib.dll", `C:\Program Files\Gemalto\Classic Client\BIN\gclib.dll`}, hint: readerHint},
		{name: "Bit4id", tokens: "Bit4id miniLector and universal middleware cards", linux: []string{"bit4id/libbit4xpki.so", "libbit4xpki.so", "bit4id/libbit4ipki.so"}, macos: []string{"bit4id/libbit4xpki.dylib", "libbit4xpki.dylib"}, windows: []string{"bit4xpki.dll", "bit4ipki.dll"}, hint: readerHint},
		{name: "Feitian ePass2003", tokens: "Feitian ePass2003", linux: []string{"libcastle.so.1.0.0", "libcastle_v2.so.1.0.0", "/opt/ePass2003-Castle/redist/libcastle.so.1.0.0"}, macos: []string{"libcastle.1.0.0.dylib"}, windows: []string{"eps2003csp11.dll"}, hint: readerHint},
		{name: "Feitian ePass3003", tokens: "Feitian ePass3003", linux: []string{"libshuttle_p11v220.so.1.0.0"}, macos: []string{"libshuttle_p11v220.1.0.0.dylib"}, windows: []string{"ShuttleCsp11_3003.dll"}, hint: readerHint},
		{name: "Athena IDProtect", tokens: "Athena IDProtect and ASECard", linux: []string{"libASEP11.so", "x64-athena/libASEP11.so"}, macos: []string{"libASEP11.dylib", "/Library/Frameworks/asepkcs.framework/asepkcs"}, windows: []string{"asepkcs.dll"}, hint: readerHint},
		{name: "Longmai mToken", tokens: "mToken CryptoID, K3 and others that are sold under other names", linux: []string{"libcryptoid_pkcs11.so", "/opt/CryptoIDATools/bin/lib/libcryptoid_pkcs11.so"}, macos: []string{"libcryptoid_pkcs11.dylib"}, windows: []string{"cryptoidA_pkcs11.dll", "CryptoIDA_pkcs11.dll"}, hint: readerHint},
		{name: "Watchdata ProxKey", tokens: "Watchdata ProxKey", linux: []string{"WatchData/ProxKey/lib/libwdpkcs_SignatureP11.so"}, macos: []string{"libwdpkcs_SignatureP11.dylib"}, windows: []string{"SignatureP11.dll"}, hint: readerHint},
		{name: "Rutoken", tokens: "Rutoken ECP", linux: []string{"librtpkcs11ecp.so", "/opt/aktivco/rutokenecp/amd64/librtpkcs11ecp.so"}, macos: []string{"librtpkcs11ecp.dylib", "/Library/Frameworks/rtpkcs11ecp.framework/rtpkcs11ecp"}, windows: []string{"rtPKCS11ECP.dll"}, hint: readerHint},
		{name: "JaCarta", tokens: "JaCarta PKI and GOST", linux: []string{"libjcPKCS11-2.so", "libjcPKCS11-2.so.2"}, macos: []string{"libjcPKCS11-2.dylib"}, windows: []string{"jcPKCS11-2.dll"}, hint: readerHint},
		{name: "Charismathics", tokens: "cards of the Charismathics middleware", linux: []string{"libcmP11.so"}, macos: []string{"libcmP11.dylib"}, windows: []string{"cmP11.dll"}, hint: readerHint},
		{name: "Yubico ykcs11", tokens: "YubiKey, PIV application", linux: []string{"libykcs11.so.2", "libykcs11.so", "libykcs11.so.1"}, macos: []string{"libykcs11.dylib"}, windows: []string{`C:\Program Files\Yubico\Yubico PIV Tool\bin\libykcs11.dll`}, hint: readerHint},
		{name: "YubiHSM", tokens: "YubiHSM 2", linux: []string{"pkcs11/yubihsm_pkcs11.so", "yubihsm_pkcs11.so"}, macos: []string{"pkcs11/yubihsm_pkcs11.dylib", "yubihsm_pkcs11.dylib"}, windows: []string{`C:\Program Files\Yubico\YubiHSM Shell\bin\pkcs11\yubihsm_pkcs11.dll`}, needs: "YUBIHSM_PKCS11_CONF", hint: "does yubihsm-connector run?"},
		{name: "Thales Luna", tokens: "Luna network and PCIe HSM", linux: []string{"/usr/safenet/lunaclient/lib/libCryptoki2_64.so", "/usr/lunasa/lib/libCryptoki2_64.so", "/opt/safenet/lunaclient/lib/libCryptoki2_64.so"}, windows: []string{`C:\Program Files\SafeNet\LunaClient\cryptoki.dll`}, hint: "'lunacm' says whether this client sees its partition"},
		{name: "Thales ProtectServer", tokens: "ProtectServer HSM", linux: []string{"/opt/safenet/protecttoolkit7/ptk/lib/libcryptoki.so", "/opt/safenet/protecttoolkit5/ptk/lib/libcryptoki.so"}, windows: []string{`C:\Program Files\SafeNet\Protect Toolkit 5\Protect Toolkit C RT\cryptoki.dll`}, hint: "'ctstat' says whether this client sees its slots"},
		{name: "Entrust nShield", tokens: "nShield (nCipher) HSM", linux: []string{"/opt/nfast/toolkits/pkcs11/libcknfast.so"}, windows: []string{`C:\Program Files\nCipher\nfast\toolkits\pkcs11\cknfast.dll`, `C:\Program Files (x86)\nCipher\nfast\toolkits\pkcs11\cknfast-64.dll`}, hint: "'enquiry' says whether the hardserver runs"},
		{name: "Utimaco", tokens: "SecurityServer and u.trust HSM", linux: []string{"/opt/utimaco/lib/libcs_pkcs11_R3.so", "libcs_pkcs11_R3.so", "/opt/utimaco/lib/libcs_pkcs11_R2.so", "libcs_pkcs11_R2.so"}, windows: []string{`C:\Program Files\Utimaco\SecurityServer\Lib\cs_pkcs11_R3.dll`, `C:\Program Files\Utimaco\CryptoServer\Lib\cs_pkcs11_R2.dll`}, hint: "CS_PKCS11_R3_CFG names its configuration"},
		{name: "Securosys Primus", tokens: "Primus HSM, CloudHSM", linux: []string{"/usr/local/primus/lib/libprimusP11.so", "libprimusP11.so"}, windows: []string{`C:\Program Files\Securosys\Primus P11\primusP11.dll`}, hint: "is its user set up in primus.cfg?"},
		{name: "AWS CloudHSM", tokens: "CloudHSM clusters", linux: []string{"/opt/cloudhsm/lib/libcloudhsm_pkcs11.so"}, windows: []string{`C:\Program Files\Amazon\CloudHSM\lib\cloudhsm_pkcs11.dll`}, hint: "'configure-pkcs11' names the cluster"},
		{name: "Google Cloud KMS", tokens: "keys of Cloud KMS", linux: []string{"libkmsp11.so"}, macos: []string{"libkmsp11.dylib"}, windows: []string{"kmsp11.dll"}, needs: "KMS_PKCS11_CONFIG"},
		{name: "TPM 2.0", tokens: "the computer's own TPM", linux: []string{"pkcs11/libtpm2_pkcs11.so", "libtpm2_pkcs11.so.1", "libtpm2_pkcs11.so"}, hint: "'tpm2_ptool' makes its store; the user must be in the group tss"},
		{name: "openCryptoki", tokens: "IBM's cards and its software token", linux: []string{"opencryptoki/libopencryptoki.so.0", "opencryptoki/libopencryptoki.so", "pkcs11/libopencryptoki.so"}, hint: "does pkcsslotd run, and is the user in the group pkcs11?"},
		{name: "Kryoptic", tokens: "keys in a database, for trying out", linux: []string{"pkcs11/libkryoptic_pkcs11.so", "libkryoptic_pkcs11.so"}, macos: []string{"libkryoptic_pkcs11.dylib"}, needs: "KRYOPTIC_CONF"},
		{name: "p11-kit client", tokens: "tokens of another process or machine, by p11-kit server", linux: []string{"pkcs11/p11-kit-client.so"}, macos: []string{"pkcs11/p11-kit-client.so"}, needs: "P11_KIT_SERVER_ADDRESS", hint: "does 'p11-kit server' run at that address?"},
		{name: "OpenSC", tokens: "many cards: PIV, national identity cards, ePass2003, CardContact", linux: []string{"opensc-pkcs11.so", "pkcs11/opensc-pkcs11.so"}, macos: []string{"/Library/OpenSC/lib/opensc-pkcs11.so", "opensc-pkcs11.so"}, windows: []string{"opensc-pkcs11.dll", `C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll`}, hint: readerHint},
	}
}

// KnownModules lists libraries to look for when nobody names one, each with its places on this system. A module that is not here is named
// by its path.
func KnownModules() []KnownModule { return knownOn(runtime.GOOS) }

func knownOn(system string) []KnownModule {
	var out []KnownModule
	for _, k := range table() {
		names := k.linux
		switch system {
		case "darwin":
			names = k.macos
		case "windows":
			names = k.windows
		}
		if len(names) > 0 {
			out = append(out, KnownModule{Name: k.name, For: k.tokens, Paths: places(system, names), Needs: k.needs, Hint: k.hint})
		}
	}
	return out
}

// places are the folders in which a system keeps libraries, with each name.
func places(system string, names []string) (out []string) {
	folders := []string{"/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/local/lib", "/usr/local/lib64"}
	switch system {
	case "darwin":
		folders = []string{"/usr/local/lib", "/opt/homebrew/lib", "/Library/Frameworks", "/Library"}
	case "windows":
		root := os.Getenv("SystemRoot")
		if root == "" {
			root = `C:\Windows`
		}
		folders = []string{root + `\System32`}
	}
	for _, name := range names {
		if name[0] == '/' || len(name) > 2 && name[1] == ':' {
			out = append(out, name)
			continue
		}
		for _, f := range folders {
			if system == "windows" {
				out = append(out, f+`\`+name)
			} else {
				out = append(out, f+"/"+name)
			}
		}
	}
	return out
}

// Find returns the first of the module's paths that exists, when what the module needs is set.
func (k KnownModule) Find() (string, bool) {
	if k.Needs != "" && os.Getenv(k.Needs) == "" {
		return "", false
	}
	for _, p := range k.Paths {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p, true
		}
	}
	return "", false
}

// HintFor is what to look at when the library at path can't be used, empty when nothing is known about it.
func HintFor(path string) string {
	for _, k := range KnownModules() {
		for _, p := range k.Paths {
			if p == path || filepath.Base(p) == filepath.Base(path) {
				return k.Hint
			}
			if full, err := filepath.EvalSymlinks(p); err == nil && full == path {
				return k.Hint
			}
		}
	}
	return ""
}

// SoftHSM returns the path of the SoftHSM2 library.
func SoftHSM() (string, error) {
	k := KnownModules()[0]
	path, ok := k.Find()
	if !ok {
		return "", fail(ErrModuleNotFound, k.Paths[0], "install SoftHSM2; Debian's package is called softhsm2", nil)
	}
	return path, nil
}
