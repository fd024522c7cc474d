<?php
/**
 * Fills a freshly installed wiki: accounts, pages, protections, a block, edit filters.
 *
 * One process for all of it, since every maintenance script of its own costs 0.15 s.
 * Reads WIKI_SEED, a JSON file: {"accounts": {name: {"password": …, "groups": […],
 * "bot_passwords": {app: {"password": …, "grants": […]}}}}, "pages": {title: wikitext},
 * "protected": {title: {"edit": "sysop"}}, "cascading": [title], "blocked": {name: reason},
 * "filters": {name: {"rule": …, "consequence": …, "parameters": […]}}}.
 */
require_once getenv( 'WIKI_MEDIAWIKI' ) . '/maintenance/Maintenance.php';

use MediaWiki\MediaWikiServices;
use MediaWiki\Revision\SlotRecord;

class FillRedpencilWiki extends Maintenance {
	public function execute() {
		$seed = json_decode( file_get_contents( getenv( 'WIKI_SEED' ) ), true, 64, JSON_THROW_ON_ERROR );
		$admin = User::newFromName( 'Admin' );
		foreach ( $seed['accounts'] as $name => $account ) {
			$this->addAccount( $name, $account );
		}
		foreach ( $seed['pages'] as $title => $text ) {
			$this->savePage( $title, $text, $admin );
		}
		foreach ( $seed['protected'] as $title => $limits ) {
			$this->protect( $title, $limits, in_array( $title, $seed['cascading'] ), $admin );
		}
		foreach ( $seed['blocked'] as $name => $reason ) {
			$this->block( $name, $reason, $admin );
		}
		foreach ( $seed['filters'] as $name => $filter ) {
			$this->addFilter( $name, $filter, $admin );
		}
		// Makes the table that sessions are kept in.
		ObjectCache::getInstance( CACHE_DB )->set( 'first', 'entry' );
		DeferredUpdates::doUpdates();
		MediaWikiServices::getInstance()->getJobRunner()->run( [ 'maxJobs' => 10000 ] );
	}

	private function addAccount( string $name, array $account ): void {
		$user = User::newFromName( $name, 'creatable' );
		if ( $user->getId() === 0 ) {
			$user->addToDatabase();
			SiteStatsUpdate::factory( [ 'users' => 1 ] )->doUpdate();
		}
		$this->insist( $user->changeAuthenticationData( [
			'username' => $name, 'password' => $account['password'], 'retype' => $account['password'],
		] ), "the password of $name" );
		$groups = MediaWikiServices::getInstance()->getUserGroupManager();
		foreach ( $account['groups'] as $group ) {
			$groups->addUserToGroup( $user, $group );
		}
		$passwords = MediaWikiServices::getInstance()->getPasswordFactory();
		foreach ( $account['bot_passwords'] as $app => $bot ) {
			$record = BotPassword::newUnsaved( [ 'username' => $name, 'appId' => $app, 'grants' => $bot['grants'] ] );
			$this->insist(
				$record->save( 'insert', $passwords->newFromPlaintext( $bot['password'] ) ), "$name@$app"
			);
		}
	}

	private function savePage( string $name, string $text, User $author ): void {
		$title = Title::newFromText( $name );
		if ( !$title ) {
			$this->fatalError( "not a title: $name" );
		}
		$page = MediaWikiServices::getInstance()->getWikiPageFactory()->newFromTitle( $title );
		$updater = $page->newPageUpdater( $author );
		$updater->setContent( SlotRecord::MAIN, ContentHandler::makeContent( $text, $title ) );
		$updater->saveRevision( CommentStoreComment::newUnsavedComment( 'The first version' ) );
		$this->insist( $updater->getStatus(), $name );
	}

	private function protect( string $name, array $limits, bool $cascade, User $author ): void {
		$page = MediaWikiServices::getInstance()->getWikiPageFactory()->newFromTitle( Title::newFromText( $name ) );
		$this->insist( $page->doUpdateRestrictions( $limits, [], $cascade, 'Protected in the seed', $author ), $name );
	}

	private function block( string $name, string $reason, User $author ): void {
		// No autoblock: it would lock out every account that comes from 127.0.0.1.
		$block = MediaWikiServices::getInstance()->getBlockUserFactory()->newBlockUser(
			$name, $author, 'infinity', $reason, [ 'isAutoblocking' => false ]
		);
		$this->insist( $block->placeBlockUnsafe(), $name );
	}

	private function addFilter( string $name, array $filter, User $author ): void {
		$db = $this->getDB( DB_PRIMARY );
		$db->insert( 'abuse_filter', [
			'af_pattern' => $filter['rule'], 'af_public_comments' => $name, 'af_comments' => '',
			'af_user' => $author->getId(), 'af_user_text' => $author->getName(),
			'af_timestamp' => $db->timestamp(), 'af_enabled' => 0, 'af_group' => 'default',
			'af_actions' => $filter['consequence'],
		], __METHOD__ );
		$db->insert( 'abuse_filter_action', [
			'afa_filter' => $db->insertId(), 'afa_consequence' => $filter['consequence'],
			'afa_parameters' => implode( "\n", $filter['parameters'] ),
		], __METHOD__ );
	}

	private function insist( $status, string $what ): void {
		if ( !$status->isOK() ) {
			$this->fatalError( "$what: " . $status->getMessage( false, false, 'en' )->text() );
		}
	}
}

$maintClass = FillRedpencilWiki::class;
require_once RUN_MAINTENANCE_IF_MAIN;
