from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "exports"

    def ready(self) -> None:
        # What words are made of needs the models.
        from exports import audited

        audited.register()
