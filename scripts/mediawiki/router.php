<?php
/**
 * Sends what PHP's own server is asked for to MediaWiki.
 *
 * Needed because that server takes a title with a dot (/wiki/Karvenia.text) for the name of a file.
 */
require_once __DIR__ . '/faults.php';

$path = parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) ?: '/';
if ( preg_match( '#^/(resources|skins|extensions)/.+\.(css|js|json|png|gif|jpe?g|svg|ico|woff2?)$#', $path ) ) {
	return false;
}
if ( preg_match( '#^/(api|index|load|rest|opensearch_desc)\.php(/.*)?$#', $path, $match ) ) {
	$entry = "$match[1].php";
	if ( isset( $match[2] ) ) {
		$_SERVER['PATH_INFO'] = rawurldecode( $match[2] );
	}
} elseif ( $path === '/' || $path === '/wiki' || str_starts_with( $path, '/wiki/' ) ) {
	$entry = 'index.php';
} else {
	http_response_code( 404 );
	echo "Not found\n";
	return true;
}
if ( redpencilFaultAnswers() ) {
	return true;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = "/$entry";
$_SERVER['SCRIPT_FILENAME'] = "{$_SERVER['DOCUMENT_ROOT']}/$entry";
chdir( $_SERVER['DOCUMENT_ROOT'] );
require $_SERVER['SCRIPT_FILENAME'];
