<?php
/**
 * One small MediaWiki on SQLite, for tests and for trying things out on loopback.
 *
 * The same file serves any number of wikis; what differs between them is in the environment:
 *   WIKI_FOLDER  the folder with the databases
 *   WIKI_CACHE   the folder with the localisation cache, shared by all wikis of one seed
 *   WIKI_PORT    the port on 127.0.0.1
 *   WIKI_FAULTS  the folder of faults, when the wiki is to misbehave on demand (faults.php)
 */
if ( !defined( 'MEDIAWIKI' ) ) {
	exit( 1 );
}
require_once __DIR__ . '/faults.php';

$wikiFolder = getenv( 'WIKI_FOLDER' );
$wgSitename = 'Redpencil test wiki';
$wgMetaNamespace = 'Project';
$wgServer = $wgCanonicalServer = 'http://127.0.0.1:' . getenv( 'WIKI_PORT' );
$wgScriptPath = '';
$wgArticlePath = '/wiki/$1';
$wgUsePathInfo = true;
$wgLanguageCode = 'en';
$wgLocaltimezone = 'UTC';
$wgSecretKey = trim( file_get_contents( "$wikiFolder/secret-key" ) );

// SQLite. Sessions have a file of their own: in the main file, writing one could wait for the lock
// that the same request holds, and swapping the pages back would log everybody out.
$wgDBtype = 'sqlite';
$wgDBname = 'wiki';
$wgSQLiteDataDir = $wikiFolder;
$wgDBservers = [ [
	'type' => 'sqlite', 'dbname' => 'wiki', 'tablePrefix' => '', 'dbDirectory' => $wikiFolder,
	'variables' => [ 'synchronous' => 'OFF' ], 'flags' => DBO_DEFAULT, 'load' => 1,
] ];
$wgObjectCaches[CACHE_DB] = [
	'class' => SqlBagOStuff::class,
	'loggroup' => 'SQLBagOStuff',
	'server' => [
		'type' => 'sqlite', 'dbname' => 'wikicache', 'tablePrefix' => '', 'dbDirectory' => $wikiFolder,
		'variables' => [ 'synchronous' => 'OFF' ], 'trxMode' => 'IMMEDIATE', 'flags' => 0,
	],
];

// SQLite has one writer at a time, so MediaWiki's named locks protect nothing here, but two edits of
// one page dead-lock for 15 s: one holds the lock and waits to write, the other writes and waits for
// the lock (LinksUpdate::acquirePageLock). Defined first, this class is taken for the one of that name.
class FSLockManager extends NullLockManager {
}

// Nothing may remember pages beside the database file, which is swapped under the running server.
$wgMainCacheType = $wgMessageCacheType = $wgParserCacheType = CACHE_NONE;
$wgSessionCacheType = CACHE_DB;
$wgCacheDirectory = getenv( 'WIKI_CACHE' );
$wgLocalisationCacheConf['store'] = 'array';
$wgLocalisationCacheConf['storeDirectory'] = $wgCacheDirectory;
$wgInvalidateCacheOnLocalSettingsChange = false;
$wgEnableSidebarCache = false;

// No background work, no mail, no uploads, no word to the outside.
$wgJobRunRate = 0;
$wgEnableEmail = false;
$wgEnableUploads = false;
$wgUploadDirectory = "$wikiFolder/images";
$wgPingback = false;
$wgUseInstantCommons = false;
$wgAllowExternalImages = false;
$wgDiff3 = '/usr/bin/diff3';
$wgMaxShellMemory = 0;
$wgMaxShellTime = 0;
$wgMaxShellFileSize = 0;
$wgShowExceptionDetails = true;
$wgDebugLogGroups['exception'] = $wgDebugLogGroups['error'] = "$wikiFolder/exceptions.log";

// Accounts log in often and fast here, and nobody is slowed down unless a fault says so.
$wgRateLimits = [];
$wgPasswordAttemptThrottle = false;
$wgPasswordDefault = 'B';
$wgEnableBotPasswords = true;
$wgGroupPermissions['*']['createaccount'] = false;

wfLoadSkin( 'Vector' );
$wgDefaultSkin = 'vector';
wfLoadExtensions( [
	'AbuseFilter', 'Cite', 'ConfirmEdit', 'ParserFunctions', 'Scribunto', 'SpamBlacklist', 'TitleBlacklist',
] );
$wgScribuntoDefaultEngine = extension_loaded( 'luasandbox' ) ? 'luasandbox' : 'luastandalone';
$wgScribuntoEngineConf['luastandalone']['luaPath'] = '/usr/bin/lua5.1';
$wgPFEnableStringFunctions = true;
// Its default is a list on another wiki's server.
$wgBlacklistSettings = [ 'spam' => [ 'files' => [] ] ];
$wgGroupPermissions['sysop']['abusefilter-modify'] = true;
$wgGroupPermissions['*']['abusefilter-log'] = true;
$wgCaptchaTriggers = array_fill_keys(
	[ 'edit', 'create', 'addurl', 'createaccount', 'badlogin', 'badloginperuser', 'sendemail' ], false
);

// Debian ships neither Disambiguator nor Wikibase, whose page properties Redpencil reads: the magic
// word __DISAMBIG__ sets "disambiguation" and {{#item:Q1065}} sets "wikibase_item", as those do.
$wgExtensionMessagesFiles['RedpencilMagic'] = __DIR__ . '/magic.i18n.php';
// The first is listed under its name, since clients look there before they trust the property.
$wgExtensionCredits['parserhook'][] = [ 'name' => 'Disambiguator', 'version' => 'stand-in' ];
$wgHooks['GetDoubleUnderscoreIDs'][] = static function ( &$words ) {
	$words[] = 'disambiguation';
};
$wgHooks['ParserFirstCallInit'][] = static function ( Parser $parser ) {
	$parser->setFunctionHook( 'item', static function ( Parser $parser, string $item ) {
		$parser->getOutput()->setPageProperty( 'wikibase_item', $item );
		return '';
	} );
};

if ( $text = redpencilFault( 'readonly' ) ) {
	$wgReadOnly = (string)$text['value'];
}
if ( $seconds = redpencilFault( 'maxlag' ) ) {
	$wgHooks['ApiMaxLagInfo'][] = static function ( &$info ) use ( $seconds ) {
		$info = [ 'host' => 'replica', 'lag' => (float)$seconds['value'], 'type' => 'db' ];
	};
}
if ( $edits = redpencilFault( 'ratelimit' ) ) {
	$wgHooks['PingLimiter'][] = static function ( User $user, $action, &$result, $more ) use ( $edits ) {
		if ( $action === 'edit' && !$user->isAllowed( 'noratelimit' ) ) {
			$result = redpencilTooManyEdits( (int)$edits['value'], $more );
			return false;
		}
		return true;
	};
}
if ( redpencilFault( 'captcha' ) ) {
	$wgCaptchaTriggers['edit'] = $wgCaptchaTriggers['create'] = true;
	$wgGroupPermissions['bot']['skipcaptcha'] = false;
}
