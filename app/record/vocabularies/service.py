"""What can be asked of the vocabularies. They are part of the program, so nothing here needs a database."""

from dataclasses import asdict

from app.record.vocabularies import schemas
from app.record.vocabularies.catalogue import CODE_LISTS, code_list


def list_vocabularies() -> schemas.VocabularyList:
    """Name every vocabulary, without its codes."""
    return schemas.VocabularyList(
        data=[
            schemas.VocabularySummary(
                name=vocabulary.name,
                title=vocabulary.title,
                description=vocabulary.description,
                version=vocabulary.version,
                is_extensible=vocabulary.is_extensible,
                code_count=len(vocabulary.codes),
            )
            for vocabulary in CODE_LISTS.values()
        ]
    )


def get_vocabulary(name: str) -> schemas.Vocabulary:
    """Return one vocabulary with its codes, or refuse with `UnknownVocabulary`."""
    return schemas.Vocabulary.model_validate(asdict(code_list(name)))
