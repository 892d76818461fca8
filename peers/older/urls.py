"""The classic door of a node."""

from django.urls import path

from peers.older import views

urlpatterns = [
    path("listAPI", views.list_api),
    path("ping", views.ping),
    path("receiveMessage", views.receive_message),
    # Half of the older nodes spell it so.
    path("recieveMessage", views.receive_message),
    path("receiveFile", views.receive_file),
    path("recieveFile", views.receive_file),
    path("receiveEvent", views.receive_event),
    path("acknowledgeEvent", views.acknowledge_event),
    path("retrieveMessages", views.retrieve_messages),
    path("acknowledge", views.acknowledge),
    path("acknowledgeDelete", views.acknowledge_delete),
    path("handshake", views.handshake),
    path("getPublicKey", views.get_public_key),
    path("getProfile", views.get_profile),
    path("picture/<slug:mark>.jpg", views.picture),
    path("getStatus", views.get_status),
]
