"""Files that people have of Instagram: what Meta gives to its creators."""

from trend_assets.sources.exports import Export

# what the suite calls its columns depends on the language of who exports; these were seen in exports
_ID = "Post ID|Identificador de la publicación|Identificação do post"
_LINK = "Permalink|Enlace permanente|Link permanente"
_POSTED = "Publish time|Hora de publicación|Horário de publicação"

EXPORTS = (
    Export(
        # the address holds the code that every other source calls the id; `Post ID` is a number of Meta's own
        name="meta_business_suite",
        title="Meta Business Suite, posts of Instagram, in English, Spanish or Portuguese",
        recognised_by=frozenset({_ID, _LINK, _POSTED}),
        fields={
            "external_id": _LINK, "url": _LINK,
            "creator_id": "Account ID|Identificador de la cuenta|Identificação da conta",
            "creator_handle": "Account username|Nombre de usuario de la cuenta|Nome de usuário da conta",
            "creator_name": "Account name|Nombre de la cuenta|Nome da conta",
            "description": "Description|Descripción|Descrição",
            "duration_seconds": "Duration (sec)|Duración (segundos)|Duração (s)", "posted_at": _POSTED,
            "views": "Views|Visualizaciones|Visualizações", "likes": "Likes|Me gusta|Curtidas",
            "comments": "Comments|Comentarios|Comentários",
            "shares": "Shares|Veces que se compartió|Compartilhamentos",
            "saves": "Saves|Veces que se guardó|Salvamentos",
        },
        constants={"platform": "instagram"},
        observed="file",
        dates="month-first",
    ),
)  # fmt: skip
