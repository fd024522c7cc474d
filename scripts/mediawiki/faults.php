<?php
/**
 * Faults on demand, one file each in the wiki's faults/ folder, read at every request.
 *
 * A file holds JSON: a plain value, or {"value": …, "times": 2, "action": "edit"} to strike only the
 * first requests and only one action of the API ("view" stands for everything but the API).
 * Without WIKI_FAULTS in the environment (scripts/wiki up --with-faults) the folder is not looked at.
 * A request with the header X-Without-Faults is spared: a test looks on unharmed.
 * tests/live/wiki.py describes each fault.
 */

/** Faults that make sense for one action only, unless the file says otherwise. */
const REDPENCIL_FAULT_ACTIONS = [
	'bad-token' => 'edit', 'lost-answer' => 'edit', 'lost-request' => 'edit', 'session-loss' => 'edit',
];

/** The settings of a fault that strikes this request, or null. Asked twice, it answers the same. */
function redpencilFault( string $name ): ?array {
	static $known = [];
	if ( !array_key_exists( $name, $known ) ) {
		$known[$name] = redpencilReadFault( $name );
	}
	return $known[$name];
}

function redpencilReadFault( string $name ): ?array {
	$folder = getenv( 'WIKI_FAULTS' );
	if ( isset( $_SERVER['HTTP_X_WITHOUT_FAULTS'] ) ) {
		return null;
	}
	if ( !$folder || PHP_SAPI !== 'cli-server' || !is_file( "$folder/$name" ) ) {
		return null;
	}
	$file = @fopen( "$folder/$name", 'r+' );
	if ( !$file ) {
		return null;
	}
	// Several workers may race for the last of the "times".
	flock( $file, LOCK_EX );
	$text = trim( stream_get_contents( $file ) );
	$fault = json_decode( $text, true );
	if ( !is_array( $fault ) ) {
		$fault = [ 'value' => $fault ?? $text ];
	}
	$fault += [ 'value' => true, 'action' => REDPENCIL_FAULT_ACTIONS[$name] ?? null ];
	$strikes = $fault['action'] === null || $fault['action'] === redpencilAction();
	if ( $strikes && isset( $fault['times'] ) ) {
		$strikes = $fault['times'] > 0;
		$left = [ 'times' => max( 0, $fault['times'] - 1 ) ] + $fault;
		ftruncate( $file, 0 );
		rewind( $file );
		fwrite( $file, json_encode( $left ) );
	}
	fclose( $file );
	return $strikes ? $fault : null;
}

/** The action of the API that is asked for, or "view". */
function redpencilAction(): string {
	$path = parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
	return $path === '/api.php' ? (string)( $_POST['action'] ?? $_GET['action'] ?? 'help' ) : 'view';
}

/**
 * Close the connection to the client at once, without an answer.
 * PHP's own server offers no call for that, so the socket is found by its two ports and shut down.
 */
function redpencilHangUp(): void {
	$ends = sprintf( '/^ *\d+: 0100007F:%04X 0100007F:%04X .*/m', $_SERVER['SERVER_PORT'], $_SERVER['REMOTE_PORT'] );
	preg_match( $ends, file_get_contents( '/proc/net/tcp' ), $line );
	$inode = preg_split( '/\s+/', trim( $line[0] ) )[9];
	foreach ( scandir( '/proc/self/fd' ) as $descriptor ) {
		if ( @readlink( "/proc/self/fd/$descriptor" ) === "socket:[$inode]" ) {
			FFI::cdef( 'int shutdown(int socket, int how);' )->shutdown( (int)$descriptor, 2 );
		}
	}
}

/** True when the request is over: a fault has answered it, or has hung up. */
function redpencilFaultAnswers(): bool {
	if ( $slow = redpencilFault( 'slow' ) ) {
		usleep( (int)( 1e6 * (float)$slow['value'] ) );
	}
	if ( redpencilFault( 'lost-request' ) ) {
		redpencilHangUp();
		return true;
	}
	if ( $http = redpencilFault( 'http' ) ) {
		http_response_code( (int)$http['value'] );
		if ( isset( $http['retry_after'] ) ) {
			header( "Retry-After: {$http['retry_after']}" );
		}
		header( 'Content-Type: text/html; charset=utf-8' );
		echo "<!DOCTYPE html><title>Error</title><h1>Our servers are having trouble</h1>\n";
		return true;
	}
	if ( $body = redpencilFault( 'not-json' ) ) {
		header( 'Content-Type: text/html; charset=utf-8' );
		echo is_string( $body['value'] ) ? $body['value'] : "<!DOCTYPE html><title>Welcome</title><p>Please sign in.\n";
		return true;
	}
	if ( redpencilFault( 'session-loss' ) ) {
		$_COOKIE = [];
		unset( $_SERVER['HTTP_COOKIE'] );
	}
	if ( redpencilFault( 'bad-token' ) ) {
		$_POST['token'] = $_REQUEST['token'] = str_repeat( '0', 40 ) . '+\\';
	}
	if ( redpencilFault( 'lost-answer' ) ) {
		// MediaWiki commits before it prints; the first byte it prints finds nobody there any more.
		ob_start( static function () {
			redpencilHangUp();
			return '';
		} );
	}
	return false;
}

/** Whether one more edit now is too many for "ratelimit" (edits a minute, all accounts together). */
function redpencilTooManyEdits( int $allowed, int $more ): bool {
	$file = fopen( getenv( 'WIKI_FAULTS' ) . '/ratelimit.edits', 'c+' );
	flock( $file, LOCK_EX );
	$minuteAgo = microtime( true ) - 60;
	$edits = array_filter(
		explode( "\n", stream_get_contents( $file ) ),
		static fn ( $time ) => (float)$time > $minuteAgo
	);
	$tooMany = count( $edits ) >= $allowed;
	if ( !$tooMany && $more ) {
		$edits[] = (string)microtime( true );
	}
	ftruncate( $file, 0 );
	rewind( $file );
	fwrite( $file, implode( "\n", $edits ) );
	fclose( $file );
	return $tooMany;
}
