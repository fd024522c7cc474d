"""The prefixes of links that are no ordinary wikilinks: files, categories, other languages.

Lower-case, blanks for underscores, as the wikis of the common languages write them; the English
names work on every wiki (https://www.mediawiki.org/wiki/Help:Namespaces).
"""

from __future__ import annotations

FILE = frozenset(
    "file image media"
    " datei bild fichier imatge fitxer archivo imagen immagine ficheiro arquivo imagem bestand"
    " afbeelding plik grafika fil файл изображение зображення ファイル 画像"
    " 文件 檔案 档案 图像 圖像"
    " slika datoteka soubor súbor kép fájl dosya tiedosto kuva eikona αρχείο תמונה קובץ ملف پرونده"
    " ֆայլ tập_tin 파일 그림".replace("_", " ").split()
) | {"tập tin"}

CATEGORY = frozenset(
    "category kategorie catégorie categoria categoría categorie kategoria kategori категория"
    " категорія カテゴリ 分类 分類 kategorija kategória luokka κατηγορία קטגוריה تصنيف رده 분류"
    " kategória".split()
) | {"thể loại"}


def is_language(prefix: str) -> bool:
    """Whether a link prefix looks like a language code ("de", "zh-yue", "simple")."""
    head, _, tail = prefix.partition("-")
    return prefix == "simple" or (
        2 <= len(head) <= 3 and head.isascii() and head.isalpha() and len(tail) <= 8
    )
