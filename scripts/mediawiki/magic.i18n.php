<?php
/** The words of the two page properties that LocalSettings.php provides. */
$magicWords = [
	'en' => [
		'disambiguation' => [ 0, '__DISAMBIG__' ],
		'item' => [ 0, 'item' ],
	],
];
